#include "expect.h"

#include "../graph/fail.h"
#include "value_text.h"

namespace heed::nn {
namespace {

class Description : public fields::Reader {
 public:
  std::string text;

 private:
  void begin(const fields::LayerType& type, const void*) override {
    if (depth_++ == 0) text = fmt::format("{}{{", type.name);
  }
  void end() override {
    if (--depth_ == 0) text += '}';
  }
  void hyperparameter(const fields::Value& value) override {
    if (depth_ > 1) return;
    if (!text.ends_with('{')) text += ", ";
    text += fmt::format("{} = {}", path(), fields::to_text(value));
  }
  int depth_ = 0;
};

}  // namespace

std::string describe(AnyLayer layer) {
  Description description;
  layer.read(description);
  return std::move(description.text);
}

namespace detail {

void wrong_rows(AnyLayer layer, std::string_view name, const Tensor& x, std::int64_t tokens) {
  fail("{}: {} is {}, but it must have a row for each of {} tokens", describe(layer), name, to_string(x.shape()),
       tokens);
}

void wrong_last_axis(AnyLayer layer, const Tensor& x, std::string_view x_name, Size expected, std::string_view field) {
  fail("{}: {} is {}, but its last axis must be {}{}", describe(layer), x_name, to_string(x.shape()), expected.value,
       field.empty() ? "" : fmt::format(" ({})", field));
}

void does_not_divide(AnyLayer layer, std::string_view divisor, std::string_view whole) {
  fail("{}: {} must divide {}", describe(layer), divisor, whole);
}

void too_large(AnyLayer layer, std::string_view what, std::int64_t value, Size limit, std::string_view field) {
  fail("{}: {} is {}, but at most {} ({}) is possible", describe(layer), what, value, limit.value, field);
}

}  // namespace detail
}  // namespace heed::nn
