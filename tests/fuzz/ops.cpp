// Random programs, decoded from bytes, over tensors of one dtype, floats or integers. Each step is run by heed and, on
// the same inputs, by a naive interpreter in float64: both must give the same numbers, or both refuse. An in-place
// write must change only registers that share the memory. In float64 the gradient of the whole program is compared with
// finite differences of its naive values along one direction; writes must not change it.
#include <fmt/format.h>
#include <heed/heed.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>

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
  return {{x.shape().begin(), x.shape().end()}, heed::cast(x.detach(), heed::float64).to_vector<double>()};
}

Tensor tensor_of(const Array& x, heed::DType dtype) {
  return heed::cast(heed::tensor(x.values, Shape(std::span<const std::int64_t>(x.shape))), dtype);
}

std::string name_of(std::size_t i) { return fmt::format("r{}", i); }

class Program {
 public:
  explicit Program(fuzz::Input& input)
      : input_(input),
        dtype_(std::array{heed::float32, heed::float64, heed::int64, heed::float64, heed::int32,
                          heed::float64}[static_cast<std::size_t>(input.pick(0, 5))]) {}

  void run() {
    do {
      add_leaf();
    } while (registers_.size() < 3 && !input_.is_used_up());
    for (int steps = 0; steps < 12 && !input_.is_used_up(); ++steps) {
      try {
        switch (input_.pick(0, 11)) {
          case 11:
            add_leaf();
            break;
          case 9:
          case 10:
            write();
            break;
          default:
            take_step();
        }
      } catch (const naive::TooLarge&) {
      }
    }
    if (dtype_ == heed::float64) check_gradient();
  }

 private:
  struct Register {
    Tensor tensor;
    Array value = {};
    std::size_t memory = 0;  // index of its memory; `places`: the index of each element there
    Array places = {};
    // Its origin, to compute it again.
    bool is_variable = false;
    std::optional<Step> step = {};
    Arrays inputs = {};  // before later writes

    bool has_gradient() const { return tensor.requires_grad(); }
  };

  bool has_floats() const { return dtype_ == heed::float32 || dtype_ == heed::float64; }
  bool is_refused(fuzz::Takes takes) const {
    return takes == (has_floats() ? fuzz::Takes::integers : fuzz::Takes::floats);
  }

  /// Adds a variable, or a constant of small integers, many of which are equal.
  void add_leaf() {
    const Place shape = fuzz::random_shape(input_);
    const bool is_variable = !input_.once_in(3) && has_floats();
    std::mt19937 random(input_.byte());
    const Array leaf = naive::generate(shape, [&](const Place&) {
      return is_variable ? static_cast<float>(random() % 4001) / 1000.0f - 2.0003f
                         : static_cast<float>(random() % 5) - 2;
    });
    Tensor x = tensor_of(leaf, dtype_);
    if (is_variable) x.require_grad();
    text_ += fmt::format("{} = {} {}\n", name_of(registers_.size()), is_variable ? "variable" : "constant",
                         fuzz::text_of(shape));
    keep({.tensor = std::move(x), .is_variable = is_variable});
  }

  std::vector<Place> shapes() const {
    std::vector<Place> all;
    for (const Register& one : registers_) all.push_back(one.value.shape);
    return all;
  }

  void take_step() {
    Step step = fuzz::choose(input_, shapes());
    text_ += fmt::format("{} = {} of", name_of(registers_.size()), step.text);
    Tensors inputs;
    Arrays values;
    bool has_gradient = false;
    for (const std::size_t i : step.inputs) {
      inputs.push_back(registers_[i].tensor);
      values.push_back(registers_[i].value);
      has_gradient = has_gradient || registers_[i].has_gradient();
      text_ += fmt::format(" {} {}", name_of(i), fuzz::text_of(values.back().shape));
    }
    text_ += "\n";
    const std::optional<Array> expected = expect(step.takes, [&] { return step.naive_op(values); });
    Tensor result;
    try {
      result = step.heed_op(inputs);
    } catch (const heed::Error& error) {
      if (expected) wrong(fmt::format("heed refuses a valid step: {}", error.what()));
      return;
    }
    if (!expected) wrong("heed accepts an invalid step");
    compare(result, *expected);
    if (result.requires_grad() != (has_gradient && !step.is_flat))
      wrong("the result has a history but should not, or the other way round");
    if (is_worth_keeping(array_of(result)))
      keep({.tensor = std::move(result), .step = std::move(step), .inputs = std::move(values)});
  }

  /// Returns the expected result, or nothing if the step must be refused.
  template <class Naive>
  std::optional<Array> expect(fuzz::Takes takes, const Naive& naive_op) const {
    naive::magnitude = naive::largest_product = 0;
    try {
      Array expected = naive_op();
      if (!has_floats() && naive::largest_product > 1e9) throw naive::TooLarge{};
      if (!is_refused(takes)) return expected;
    } catch (const naive::Refused&) {
    }
    return {};
  }

  /// Stores a register, in the memory of an input of its step if they share storage, else in a new one.
  void keep(Register made) {
    made.value = made.places = array_of(made.tensor);
    made.memory = memories_.size();
    for (std::size_t i = 0; made.step && i < made.step->inputs.size(); ++i) {
      const Register& input = registers_[made.step->inputs[i]];
      if (heed::detail::body_of(made.tensor).storage != heed::detail::body_of(input.tensor).storage) continue;
      // A view moves elements, and so their places.
      Arrays places = made.inputs;
      for (std::size_t j = 0; j < places.size(); ++j) places[j] = registers_[made.step->inputs[j]].places;
      made.memory = input.memory;
      made.places = made.step->naive_op(places);
    }
    if (made.memory == memories_.size()) {
      for (std::size_t i = 0; i < made.places.values.size(); ++i) made.places.values[i] = static_cast<double>(i);
      memories_.push_back(made.value.values);
    }
    registers_.push_back(std::move(made));
  }

  void write() {
    std::vector<std::size_t> constants;
    for (std::size_t i = 0; i < registers_.size(); ++i)
      if (!registers_[i].has_gradient()) constants.push_back(i);
    const fuzz::Write write = fuzz::choose_write(input_, shapes(), std::move(constants));
    Register& target = registers_[write.target];
    const Register& values = registers_[write.values];
    text_ += fmt::format("{}: {} of {} {}\n", name_of(write.target), write.text, name_of(write.values),
                         fuzz::text_of(values.value.shape));
    Array places = {};
    const std::optional<Array> expected = expect(write.takes, [&] {
      places = write.naive_part(target.places);
      std::vector<double> sorted = places.values;
      std::sort(sorted.begin(), sorted.end());
      naive::refuse_if(std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end());
      naive::refuse_if(target.has_gradient() || values.has_gradient());
      Array written = write.naive_part(target.value), given = naive::broadcast_to(values.value, written.shape);
      for (std::size_t i = 0; i < written.values.size(); ++i)
        written.values[i] = write.naive_op(written.values[i], given.values[i]);
      if (!is_worth_keeping(written)) throw naive::TooLarge{};
      return written;
    });
    try {
      const Tensor part = write.heed_part(target.tensor);
      write.heed_op(part, values.tensor);
      if (!expected) wrong("heed accepts an invalid step");
      compare(part, *expected);
      is_written_ = true;
      const Array got = array_of(part);
      for (std::size_t i = 0; i < places.values.size(); ++i)
        memories_[target.memory][static_cast<std::size_t>(places.values[i])] = got.values[i];
    } catch (const heed::Error& error) {
      // heed also refuses some views that do not overlap but whose strides could.
      const bool may_overlap = std::string_view(error.what()).find("may overlap in memory") != std::string::npos;
      if (expected && !may_overlap) wrong(fmt::format("heed refuses a valid write: {}", error.what()));
    }
    for (std::size_t i = 0; i < registers_.size(); ++i) {
      Register& one = registers_[i];
      for (std::size_t j = 0; j < one.places.values.size(); ++j)
        one.value.values[j] = memories_[one.memory][static_cast<std::size_t>(one.places.values[j])];
      if (array_of(one.tensor).values != one.value.values)
        wrong(fmt::format("{} has wrong numbers after the write", name_of(i)));
    }
  }

  /// Returns false for large numbers, whose rounding errors would hide later errors.
  static bool is_worth_keeping(const Array& x) {
    return std::all_of(x.values.begin(), x.values.end(), [](double value) { return std::abs(value) < 20; });
  }

  void compare(const Tensor& result, const Array& expected) const {
    if (result.dtype() != dtype_) wrong("the result has a wrong dtype");
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

  /// Returns true if this register is a root of backward: all with a gradient are, or only the last.
  bool is_root(std::size_t i) const {
    return registers_[i].has_gradient() && (registers_.size() % 2 == 0 || i + 1 == registers_.size());
  }

  /// Weighted sum of the roots, with each variable moved by `distance` times its direction.
  double naive_loss(double distance) const {
    Arrays values;
    for (std::size_t i = 0; i < registers_.size(); ++i) {
      const Register& one = registers_[i];
      if (one.step && one.has_gradient()) {
        Arrays inputs = one.inputs;
        for (std::size_t j = 0; j < inputs.size(); ++j)
          if (registers_[one.step->inputs[j]].has_gradient()) inputs[j] = values[one.step->inputs[j]];
        values.push_back(one.step->naive_op(inputs));
      } else {
        values.push_back(one.value);
        for (std::size_t j = 0; one.is_variable && j < one.value.values.size(); ++j)
          values.back().values[j] += distance * number(i, j);
      }
    }
    double loss = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      for (std::size_t j = 0; is_root(i) && j < values[i].values.size(); ++j)
        loss += number(99 - i, j) * values[i].values[j];
    return loss;
  }

  /// Direction of a variable's element, or weight of a root's: between -1 and 1, not 0.
  static double number(std::size_t which, std::size_t element) {
    std::minstd_rand random(static_cast<unsigned>(1 + 1000 * which + element));
    random.discard(3);
    return (static_cast<double>(random() % 2000) + 0.5) / 1000 - 1;
  }

  void check_gradient() {
    Tensors roots, weights;
    for (std::size_t i = 0; i < registers_.size(); ++i) {
      if (!is_root(i)) continue;
      Array of_root = registers_[i].value;
      for (std::size_t j = 0; j < of_root.values.size(); ++j) of_root.values[j] = number(99 - i, j);
      roots.push_back(registers_[i].tensor);
      weights.push_back(tensor_of(of_root, dtype_));
    }
    if (roots.empty()) return;
    try {
      heed::backward(roots, weights);
    } catch (const heed::Error& error) {
      if (is_written_ && std::string_view(error.what()).find("has overwritten since") != std::string::npos) return;
      wrong(fmt::format("heed refuses its gradient: {}", error.what()));
    }
    double slope = 0;
    for (std::size_t i = 0; i < registers_.size(); ++i) {
      if (!registers_[i].is_variable) continue;
      const Tensor gradient = registers_[i].tensor.grad();
      if (!gradient) continue;
      const Array of = array_of(gradient);
      if (of.shape != registers_[i].value.shape) wrong(fmt::format("the gradient of {} has a wrong shape", name_of(i)));
      for (std::size_t j = 0; j < of.values.size(); ++j) slope += of.values[j] * number(i, j);
    }
    // At a kink the derivatives on both sides differ, and near one they change with the step.
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
    fmt::print(stderr, "in {}:\n{}{}\n", heed::name(dtype_), text_, what);
    std::abort();
  }

  fuzz::Input& input_;
  const heed::DType dtype_;
  std::string text_;
  std::vector<Register> registers_;
  std::vector<std::vector<double>> memories_;
  bool is_written_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  Program(input).run();
  return 0;
}
