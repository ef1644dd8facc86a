#include "parameters.h"

#include <optional>
#include <unordered_map>

#include "../../graph/fail.h"

namespace heed::nn {
namespace {

const void* identity(const Tensor& tensor) { return &heed::detail::body_of(tensor); }

class Collector : public fields::Reader {
 public:
  std::vector<NamedTensor> found;

 private:
  void parameter(const Parameter& parameter) override { add(parameter, true, parameter.role()); }
  void buffer(const Buffer& buffer) override { add(buffer, false, Role::unspecified); }
  void add(const Tensor& tensor, bool trained, Role role) {
    const std::size_t first = indices_.emplace(identity(tensor), found.size()).first->second;
    found.push_back({path(), tensor, trained, first, role});
  }
  std::unordered_map<const void*, std::size_t> indices_;
};

/// Collects the parameters, or the buffers, each once.
template <class Kind>
std::vector<std::pair<std::string, Kind>> collect(AnyLayer model) {
  std::vector<std::pair<std::string, Kind>> all;
  std::size_t i = 0;
  for (NamedTensor& named : named_tensors(model))
    if (named.first == i++ && named.trained == std::is_same_v<Kind, Parameter>) {
      if constexpr (std::is_same_v<Kind, Parameter>) {
        all.emplace_back(std::move(named.path), Parameter(std::move(named.tensor), named.role));
      } else {
        all.emplace_back(std::move(named.path), std::move(named.tensor));
      }
    }
  return all;
}

struct SetMode : fields::Writer {
  bool training;
  explicit SetMode(bool on) : training(on) {}
  void mode(Mode& mode) override { mode.training = training; }
};

template <class From, class To>
Tensor converted(const Tensor& tensor) {
  const std::vector<From> values = tensor.to_vector<From>();
  Tensor made = empty(tensor.shape(), dtype_of<To>);
  To* out = fill<To>(made);
  for (std::size_t i = 0; i < values.size(); ++i) out[i] = static_cast<To>(values[i]);
  return made;
}
template <class From>
Tensor converted(const Tensor& tensor, DType dtype) {
  if constexpr (std::is_floating_point_v<From>)
    if (dtype != dtype_of<From>)
      return dtype == float32 ? converted<From, float>(tensor) : converted<From, double>(tensor);
  return converted<From, From>(tensor);
}
/// Copies the values; those of float32 and float64 tensors are converted to `dtype`.
Tensor converted(const Tensor& tensor, DType dtype) {
  switch (tensor.dtype()) {
    case DType::float32:
      return converted<float>(tensor, dtype);
    case DType::float64:
      return converted<double>(tensor, dtype);
    case DType::int32:
      return converted<std::int32_t>(tensor, dtype);
    case DType::int64:
      return converted<std::int64_t>(tensor, dtype);
    case DType::boolean:
      return converted<bool>(tensor, dtype);
    case DType::bfloat16:
      return converted<Bfloat16>(tensor, dtype);
    case DType::float16:
      return converted<Float16>(tensor, dtype);
  }
  return {};
}

struct Unshare : fields::Writer {
  std::optional<DType> dtype;
  std::unordered_map<const void*, Tensor> copies;  // by the original tensor

  void parameter(Parameter& parameter) override {
    static_cast<Tensor&>(parameter) = copy_of(parameter, parameter.requires_grad());
  }
  void buffer(Buffer& buffer) override { static_cast<Tensor&>(buffer) = copy_of(buffer, false); }
  const Tensor& copy_of(const Tensor& tensor, bool trained) {
    Tensor& copy = copies[identity(tensor)];
    if (!copy) {
      copy = converted(tensor, dtype.value_or(tensor.dtype()));
      if (trained) copy.require_grad();
    }
    return copy;
  }
};

}  // namespace

std::vector<NamedTensor> named_tensors(AnyLayer model) {
  Collector collector;
  model.read(collector);
  return std::move(collector.found);
}

std::vector<Parameter> parameters(AnyLayer model) {
  std::vector<Parameter> all;
  for (auto& [path, parameter] : collect<Parameter>(model)) all.push_back(std::move(parameter));
  return all;
}

std::vector<std::pair<std::string, Parameter>> named_parameters(AnyLayer model) { return collect<Parameter>(model); }
std::vector<std::pair<std::string, Buffer>> named_buffers(AnyLayer model) { return collect<Buffer>(model); }

std::int64_t parameter_count(AnyLayer model) {
  std::int64_t count = 0;
  for (const auto& [path, parameter] : collect<Parameter>(model)) count += parameter.elements();
  return count;
}

void train(AnyMutableLayer model, bool training) {
  SetMode set(training);
  model.write(set);
}
void eval(AnyMutableLayer model) { train(model, false); }

namespace detail {

void expect_usable(AnyLayer model) {
  fields::Reader reader;
  model.read(reader);
}

void unshare(AnyMutableLayer copy) {
  Unshare writer;
  copy.write(writer);
}

void unshare(AnyMutableLayer copy, DType dtype) {
  if (!is_floating(dtype)) fail("to: a model's dtype must be float32 or float64, but it is {}", name(dtype));
  Unshare writer;
  writer.dtype = dtype;
  copy.write(writer);
}

}  // namespace detail
}  // namespace heed::nn
