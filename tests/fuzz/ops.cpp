// Bytes as a random program over tensors. Each step is run by heed and, on the same inputs, by a naive interpreter in
// float64: both must give the same numbers, or both refuse. In float64 the gradient of the whole program is compared
// with the differences of its naive values along one direction.
#include <fmt/format.h>
#include <heed/heed.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "steps.h"

namespace {

using fuzz::Arrays;
using fuzz::Step;
using fuzz::Tensors;
using heed::Shape;
using heed::Tensor;
using naive::Array;
using naive::Place;

Array array_of(const Tensor& x) {
  Array made{{x.shape().begin(), x.shape().end()}, {}};
  if (x.dtype() == heed::float32) {
    for (const float value : x.to_vector<float>()) made.values.push_back(value);
  } else {
    made.values = x.to_vector<double>();
  }
  return made;
}

Tensor tensor_of(const Array& x, heed::DType dtype) {
  return heed::cast(heed::tensor(x.values, Shape(std::span<const std::int64_t>(x.shape))), dtype);
}

std::string name_of(std::size_t i) { return fmt::format("r{}", i); }

class Program {
 public:
  explicit Program(fuzz::Input& input) : input_(input), dtype_(input.once_in(2) ? heed::float64 : heed::float32) {}

  void run() {
    do {
      add_leaf();
    } while (registers_.size() < 3 && !input_.is_used_up());
    for (int steps = 0; steps < 12 && !input_.is_used_up(); ++steps) {
      try {
        input_.once_in(12) ? add_leaf() : take_step();
      } catch (const naive::TooLarge&) {
      }
    }
    if (dtype_ == heed::float64) check_gradient();
  }

 private:
  /// Where a register comes from, to compute it once more.
  struct Origin {
    Array leaf;  // if it has no step
    bool is_variable = false;
    std::optional<Step> step = {};
  };

  /// A variable, or a constant whose numbers are small integers: among constants there are equal ones.
  void add_leaf() {
    const Place shape = fuzz::random_shape(input_);
    const bool is_variable = !input_.once_in(3);
    std::mt19937 random(input_.byte());
    Array leaf = naive::generate(shape, [&](const Place&) {
      return is_variable ? static_cast<float>(random() % 4001) / 1000.0f - 2.0003f
                         : static_cast<float>(random() % 5) - 2;
    });
    Tensor x = tensor_of(leaf, dtype_);
    if (is_variable) x.require_grad();
    text_ += fmt::format("{} = {} {}\n", name_of(registers_.size()), is_variable ? "variable" : "constant",
                         fuzz::text_of(shape));
    keep(std::move(x), {std::move(leaf), is_variable});
  }

  void take_step() {
    std::vector<Place> shapes;
    for (const Array& value : values_) shapes.push_back(value.shape);
    Step step = fuzz::choose(input_, shapes);
    text_ += fmt::format("{} = {} of", name_of(registers_.size()), step.text);
    Tensors inputs;
    Arrays naive_inputs;
    for (const std::size_t i : step.inputs) {
      inputs.push_back(registers_[i]);
      naive_inputs.push_back(values_[i]);
      text_ += fmt::format(" {} {}", name_of(i), fuzz::text_of(values_[i].shape));
    }
    text_ += "\n";
    std::optional<Array> expected;
    naive::magnitude = 0;
    try {
      expected = step.naive_op(naive_inputs);
    } catch (const naive::Refused&) {
    }
    Tensor result;
    try {
      result = step.heed_op(inputs);
    } catch (const heed::Error& error) {
      if (expected) wrong(fmt::format("heed refuses it: {}", error.what()));
      return;
    }
    if (!expected) wrong("heed takes what must be refused");
    compare(result, *expected);
    if (is_worth_keeping(result)) keep(std::move(result), {{}, false, std::move(step)});
  }

  void keep(Tensor x, Origin origin) {
    values_.push_back(array_of(x));
    registers_.push_back(std::move(x));
    origins_.push_back(std::move(origin));
  }

  /// Large numbers, and what came of them, would hide in rounding errors whatever follows.
  static bool is_worth_keeping(const Tensor& x) {
    for (const double value : array_of(x).values)
      if (!(std::abs(value) < 20)) return false;
    return true;
  }

  void compare(const Tensor& result, const Array& expected) const {
    if (result.dtype() != dtype_) wrong("another dtype");
    const Array got = array_of(result);
    if (got.shape != expected.shape)
      wrong(fmt::format("heed gives {}, not {}", fuzz::text_of(got.shape), fuzz::text_of(expected.shape)));
    const double tolerance = dtype_ == heed::float32 ? 4e-6 : 1e-13;
    for (std::size_t i = 0; i < got.values.size(); ++i) {
      const double a = got.values[i], b = expected.values[i];
      if (a == b || (std::isnan(a) && std::isnan(b))) continue;
      if (!(std::abs(a - b) <= tolerance * (1 + std::abs(b) + naive::magnitude)))
        wrong(fmt::format("element {} is {}, not {}", i, a, b));
    }
  }

  /// The last register under fixed weights, with each variable moved by `distance` times its direction.
  double naive_loss(double distance) const {
    Arrays values;
    for (std::size_t i = 0; i < origins_.size(); ++i) {
      const Origin& origin = origins_[i];
      if (origin.step) {
        Arrays inputs;
        for (const std::size_t input : origin.step->inputs) inputs.push_back(values[input]);
        values.push_back(origin.step->naive_op(inputs));
      } else {
        values.push_back(origin.leaf);
        for (std::size_t j = 0; origin.is_variable && j < origin.leaf.values.size(); ++j)
          values.back().values[j] += distance * number(i, j);
      }
    }
    double loss = 0;
    for (std::size_t j = 0; j < values.back().values.size(); ++j) loss += number(99, j) * values.back().values[j];
    return loss;
  }

  /// The direction of a variable's element, or the weight of a result's: between -1 and 1, not 0.
  static double number(std::size_t which, std::size_t element) {
    std::minstd_rand random(static_cast<unsigned>(1 + 1000 * which + element));
    random.discard(3);
    return (static_cast<double>(random() % 2000) + 0.5) / 1000 - 1;
  }

  void check_gradient() {
    const Tensor& last = registers_.back();
    if (!last.requires_grad()) return;
    Array weights{values_.back().shape, {}};
    for (std::size_t j = 0; j < values_.back().values.size(); ++j) weights.values.push_back(number(99, j));
    heed::backward(last, tensor_of(weights, dtype_));
    double slope = 0;
    for (std::size_t i = 0; i < registers_.size(); ++i) {
      if (!origins_[i].is_variable) continue;
      const Tensor gradient = registers_[i].grad();
      if (!gradient) continue;
      const Array of = array_of(gradient);
      if (of.shape != values_[i].shape) wrong(fmt::format("the gradient of {} has another shape", name_of(i)));
      for (std::size_t j = 0; j < of.values.size(); ++j) slope += of.values[j] * number(i, j);
    }
    // On a kink the slopes on both sides differ, and close to one they change with the step.
    constexpr double step = 1e-5;
    const double here = naive_loss(0), right = (naive_loss(step) - here) / step,
                 left = (here - naive_loss(-step)) / step,
                 near = (naive_loss(step / 4) - naive_loss(-step / 4)) / (step / 2), middle = (left + right) / 2;
    const double size = 1 + std::abs(middle);
    if (!(std::abs(right - left) < 1e-2 * size && std::abs(near - middle) < 1e-5 * size)) return;
    if (!(std::abs(slope - middle) <= 1e-4 * size))
      wrong(fmt::format("the gradient along a direction is {}, not {}", slope, middle));
  }

  [[noreturn]] void wrong(const std::string& what) const {
    std::fprintf(stderr, "in %s:\n%s%s\n", dtype_ == heed::float32 ? "float32" : "float64", text_.c_str(),
                 what.c_str());
    std::abort();
  }

  fuzz::Input& input_;
  const heed::DType dtype_;
  std::string text_;
  Tensors registers_;
  Arrays values_;
  std::vector<Origin> origins_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  Program(input).run();
  return 0;
}
