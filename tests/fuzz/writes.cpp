// In-place writes into a register or a view of it.
#include "chooser.h"

namespace fuzz {

Write Chooser::write() {
  struct One {
    const char* name;
    void (*heed_op)(const Tensor& part, const Tensor& values);
    double (*naive_op)(double element, double value);
    Takes takes = Takes::numbers;
  };
  static const One all[] = {
      {"assign", [](const Tensor& part, const Tensor& values) { heed::assign(part, values); },
       [](double, double v) { return v; }},
      {"assign 2", [](const Tensor& part, const Tensor& values) { heed::assign(part, values * 0 + 2); },
       [](double, double) { return 2.0; }},
      {"assign_where positive",
       [](const Tensor& part, const Tensor& values) { heed::assign_where(part, heed::greater(part, 0), values); },
       [](double x, double v) { return x > 0 ? v : x; }},
      {"+=", [](const Tensor& part, const Tensor& values) { part += values; },
       [](double x, double v) { return x + v; }},
      {"-=", [](const Tensor& part, const Tensor& values) { part -= values; },
       [](double x, double v) { return x - v; }},
      {"*=", [](const Tensor& part, const Tensor& values) { part *= values; },
       [](double x, double v) { return x * v; }},
      {"/= 1 + b^2", [](const Tensor& part, const Tensor& values) { part /= values * values + 1; },
       [](double x, double v) { return x / (1 + v * v); }, Takes::floats}};
  const One& one = all[static_cast<std::size_t>(input_.pick(0, std::size(all) - 1))];
  Write write{one.name, x_, input_.once_in(2) ? like_x() : any(), {}, {}, one.heed_op, one.naive_op, one.takes};
  const std::int64_t along = axis(), n = length(along);
  switch (input_.pick(0, 3)) {
    case 0: {
      const auto begin = bound(n), end = bound(n);
      const std::int64_t step = input_.once_in(2) ? input_.pick(-3, -1) : input_.pick(1, 3);
      write.text += " into a slice along " + std::to_string(along) + " by " + std::to_string(step);
      write.heed_part = [=](const Tensor& x) { return heed::slice(x, static_cast<int>(along), begin, end, step); };
      write.naive_part = [=](const Array& x) { return naive::slice(x, along, begin, end, step); };
      break;
    }
    case 1: {
      const std::int64_t size = input_.pick(1, 2), step = input_.pick(1, 2);
      write.text += " into windows of " + std::to_string(size) + " by " + std::to_string(step) + " along " +
                    std::to_string(along);
      write.heed_part = [=](const Tensor& x) { return heed::unfold(x, static_cast<int>(along), size, step); };
      write.naive_part = [=](const Array& x) { return naive::unfold(x, along, size, step); };
      break;
    }
    default:
      write.heed_part = [](const Tensor& x) { return x; };
      write.naive_part = [](const Array& x) { return x; };
  }
  return write;
}

}  // namespace fuzz
