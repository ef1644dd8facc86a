#include "expect.h"

#include "../../graph/fail.h"
#include "../layers/convolution.h"
#include "../layers/stack.h"
#include "../support/value_text.h"

namespace heed::nn {
using namespace heed::nn::fields::detail;

namespace {

class Description : public fields::Reader {
 public:
  std::string text;

 private:
  void begin(const fields::LayerType& type, const void*) override {
    if (depth_++ == 0) text = fmt::format("{}{{", type.name);
  }
  bool checks() const override { return false; }
  void end() override {
    if (--depth_ == 0) text += '}';
  }
  void hyperparameter(const fields::Value& value) override {
    if (depth_ > 1) return;
    if (!text.ends_with('{')) text += ", ";
    text += fmt::format("{} = {}", path(), fields::detail::to_text(value));
  }
  int depth_ = 0;
};

}  // namespace

std::string describe(AnyLayer layer) {
  Description description;
  layer.read(description);
  return std::move(description.text);
}

void fields::is_nan(AnyLayer layer, std::string_view field) {
  fail("{}: {} is NaN, but it must be a number", describe(layer), field);
}

void fields::has_no_values(AnyLayer layer, std::string_view field, const Tensor& tensor) {
  const std::string* why = heed::detail::invalid_reason(tensor);
  fail("{}: {} has no values: {}", describe(layer), field, why ? *why : "it was moved from, or never given any");
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

void wrong_size(AnyLayer layer, std::string_view field, std::int64_t least) {
  fail("{}: {} must be at least {}", describe(layer), field, least);
}

void wrong_count(AnyLayer layer, std::string_view what, std::size_t count, std::string_view field, Size expected) {
  fail("{}: there are {} {}, but {} is {}", describe(layer), count, what, field, expected.value);
}

void too_long_steps(AnyLayer layer) {
  fail("{}: kernel_size, stride, padding and dilation must be at most {}", describe(layer), max_step);
}

void unmake(AnyMutableLayer layer, const std::string& sentence) {
  struct Unmake : fields::Writer {
    const std::string& sentence;
    explicit Unmake(const std::string& why) : sentence(why) {}
    void parameter(Parameter& parameter) override {
      static_cast<Tensor&>(parameter) = heed::detail::invalid_tensor(sentence);
    }
    void buffer(Buffer& buffer) override { static_cast<Tensor&>(buffer) = heed::detail::invalid_tensor(sentence); }
  } writer(sentence);
  layer.write(writer);
}

std::string wrong_times(Size times) {
  return times < 0
             ? fmt::format("repeat: the number of layers is {}, but it must not be negative", times.value)
             : fmt::format("repeat: the number of layers is {}, but at most {} are possible", times.value, max_layers);
}

void too_large(AnyLayer layer, std::string_view what, std::int64_t value, Size limit, std::string_view field) {
  fail("{}: {} is {}, but at most {} ({}) is possible", describe(layer), what, value, limit.value, field);
}

}  // namespace detail
}  // namespace heed::nn
