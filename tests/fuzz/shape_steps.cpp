// Steps that change shapes, and the choice among all steps.
#include <numeric>

#include "chooser.h"

namespace fuzz {

Step Chooser::transpose() {
  const std::int64_t a = axis(), b = axis();
  return on_x(
      "transpose " + std::to_string(a) + " and " + std::to_string(b),
      [=](const Tensor& x) { return heed::transpose(x, static_cast<int>(a), static_cast<int>(b)); },
      [=](const Array& x) {
        Place order(x.shape.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
        std::swap(order[static_cast<std::size_t>(naive::axis_of(a, naive::rank_of(x)))],
                  order[static_cast<std::size_t>(naive::axis_of(b, naive::rank_of(x)))]);
        return naive::permute(x, order);
      });
}

Step Chooser::permute() {
  Place order;
  for (std::int64_t i = 0; i < rank(); ++i) order.insert(order.begin() + input_.pick(0, i), i);
  if (input_.once_in(16)) order.push_back(axis());
  for (std::int64_t& one : order)
    if (input_.once_in(8)) one -= rank();
  return on_x(
      "permute " + text_of(order), [=](const Tensor& x) { return heed::permute(x, shape_of(order)); },
      [=](const Array& x) { return naive::permute(x, order); });
}

Step Chooser::broadcast() {
  Place to = shape();
  for (std::int64_t& n : to)
    if (n == 1 || input_.once_in(32)) n = input_.pick(0, 4);
  if (input_.once_in(3)) to.insert(to.begin(), input_.pick(-1, 3));
  return on_x(
      "broadcast_to " + text_of(to), [=](const Tensor& x) { return heed::broadcast_to(x, shape_of(to)); },
      [=](const Array& x) { return naive::broadcast_to(x, to); });
}

Step Chooser::reshape() {
  Place to;
  std::int64_t rest = naive::elements_of(shape());
  for (std::int64_t i = input_.pick(0, 4); i-- > 0;) {
    std::int64_t n = input_.pick(1, 6);
    while (rest > 0 && rest % n != 0) --n;
    to.push_back(n);
    rest /= std::max<std::int64_t>(n, 1);
  }
  to.push_back(input_.once_in(2) ? -1 : rest);
  if (input_.once_in(16)) to.push_back(input_.pick(-2, 3));
  return on_x(
      "reshape " + text_of(to), [=](const Tensor& x) { return heed::reshape(x, shape_of(to)); },
      [=](const Array& x) { return naive::reshape(x, to); });
}

Step Chooser::flip() {
  const Place over = axes();
  return on_x(
      "flip " + text_of(over), [=](const Tensor& x) { return heed::flip(x, axes_of(over)); },
      [=](const Array& x) {
        const std::vector<bool> flipped = naive::axes_of(over, naive::rank_of(x));
        return naive::generate(x.shape, [&](Place place) {
          for (std::size_t i = 0; i < place.size(); ++i)
            if (flipped[i]) place[i] = x.shape[i] - 1 - place[i];
          return naive::at(x, place);
        });
      });
}

Step Chooser::concat() {
  const std::size_t other = like_x(), third = like_x();
  const std::int64_t along = axis();
  return {"concat along " + std::to_string(along),
          {x_, other, third},
          [=](const Tensors& x) { return heed::concat(x, static_cast<int>(along)); },
          [=](const Arrays& x) { return naive::concat(x, along); }};
}

Step Chooser::stack() {
  const std::int64_t at = input_.pick(-rank() - 1, rank());
  return on_two(
      "stack at " + std::to_string(at), like_x(),
      [=](const Tensor& a, const Tensor& b) { return heed::stack({a, b}, static_cast<int>(at)); },
      [=](Array a, Array b) {
        refuse_if(a.shape != b.shape);
        const int axis = naive::axis_of(at, naive::rank_of(a) + 1);
        a.shape.insert(a.shape.begin() + axis, 1);
        b.shape.insert(b.shape.begin() + axis, 1);
        return naive::concat({a, b}, axis);
      });
}

Step Chooser::unsqueeze() {
  const std::int64_t at = input_.pick(-rank() - 2, rank() + 1);
  return on_x(
      "unsqueeze " + std::to_string(at), [=](const Tensor& x) { return heed::unsqueeze(x, static_cast<int>(at)); },
      [=](Array x) {
        x.shape.insert(x.shape.begin() + naive::axis_of(at, naive::rank_of(x) + 1), 1);
        refuse_if(x.shape.size() > 8);
        return x;
      });
}

Step Chooser::squeeze() {
  Place over;
  for (std::int64_t i = 0; i < rank(); ++i)
    if (shape()[static_cast<std::size_t>(i)] == 1 && input_.once_in(2)) over.push_back(i);
  if (input_.once_in(16)) over.push_back(axis());
  return on_x(
      "squeeze " + text_of(over), [=](const Tensor& x) { return heed::squeeze(x, axes_of(over)); },
      [=](Array x) {
        const std::vector<bool> dropped = naive::axes_of(over, naive::rank_of(x));
        Place left;
        for (std::size_t i = 0; i < dropped.size(); ++i) {
          refuse_if(!over.empty() && dropped[i] && x.shape[i] != 1);
          if (!dropped[i] || x.shape[i] != 1) left.push_back(x.shape[i]);
        }
        return Array{left, x.values};
      });
}

Step Chooser::roll() {
  const std::int64_t along = axis(), by = input_.pick(-9, 9);
  return on_x(
      "roll by " + std::to_string(by) + " along " + std::to_string(along),
      [=](const Tensor& x) { return heed::roll(x, by, static_cast<int>(along)); },
      [=](const Array& x) {
        return naive::along(x, along, [&](Line line) {
          const auto n = static_cast<std::int64_t>(line.size());
          if (n > 0) std::rotate(line.begin(), line.begin() + (n - (by % n + n) % n) % n, line.end());
          return line;
        });
      });
}

Step Chooser::pad() {
  const auto mode = static_cast<heed::Padding>(input_.pick(0, 3));
  const std::int64_t before = input_.pick(-2, 3), after = input_.pick(-2, 3);
  return on_x(
      "pad the last axis by " + std::to_string(before) + " and " + std::to_string(after) + " in mode " +
          std::to_string(static_cast<int>(mode)),
      [=](const Tensor& x) { return heed::pad(x, {before, after}, {.mode = mode, .value = 2}); },
      [=](const Array& x) {
        refuse_if(x.shape.empty());
        const std::int64_t n = x.shape.back(), most = std::max(before, after);
        refuse_if(n + before + after < 0 || -before > n || -after > n);
        using enum heed::Padding;
        refuse_if((mode == reflect && most > 0 && most >= n) || (mode == circular && most > n) ||
                  (mode == replicate && most > 0 && n == 0));
        return naive::along(x, -1, [&](const Line& line) {
          Line padded;
          for (std::int64_t i = -before; i < n + after; ++i) {
            std::int64_t from = i;
            if (mode == reflect) from = i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
            if (mode == replicate) from = std::clamp<std::int64_t>(i, 0, n - 1);
            if (mode == circular) from = i < 0 ? i + n : i >= n ? i - n : i;
            padded.push_back(from < 0 || from >= n ? 2 : line[static_cast<std::size_t>(from)]);
          }
          return padded;
        });
      });
}

Step Chooser::repeat() {
  const std::int64_t along = axis(), times = input_.pick(input_.once_in(16) ? -1 : 0, 3);
  return on_x(
      "repeat_interleave " + std::to_string(times) + " along " + std::to_string(along),
      [=](const Tensor& x) { return heed::repeat_interleave(x, times, static_cast<int>(along)); },
      [=](const Array& x) {
        refuse_if(times < 0);
        return naive::along(x, along, [&](const Line& line) {
          Line repeated;
          for (const double v : line) repeated.insert(repeated.end(), static_cast<std::size_t>(times), v);
          return repeated;
        });
      });
}

Step Chooser::tile() {
  Place times;
  for (std::int64_t i = input_.pick(0, rank() + 1); i-- > 0;)
    times.push_back(input_.once_in(8) ? 0 : input_.pick(1, 3));
  return on_x(
      "tile " + text_of(times), [=](const Tensor& x) { return heed::tile(x, shape_of(times)); },
      [=](Array x) {
        Place repeats = times;
        while (repeats.size() < x.shape.size()) repeats.insert(repeats.begin(), 1);
        while (repeats.size() > x.shape.size()) x.shape.insert(x.shape.begin(), 1);
        Place to = x.shape;
        for (std::size_t i = 0; i < to.size(); ++i) to[i] *= repeats[i];
        return naive::generate(to, [&](Place place) {
          for (std::size_t i = 0; i < place.size(); ++i) place[i] %= x.shape[i];
          return naive::at(x, place);
        });
      });
}

Step Chooser::contiguous() {
  return on_x("contiguous", heed::contiguous, [](const Array& x) { return x; });
}

Step Chooser::flatten() {
  const std::int64_t first = axis(), last = axis();
  return on_x(
      "flatten " + std::to_string(first) + " to " + std::to_string(last),
      [=](const Tensor& x) { return heed::flatten(x, static_cast<int>(first), static_cast<int>(last)); },
      [=](Array x) {
        if (x.shape.empty()) {  // treated as [1]
          naive::axis_of(first, 1);
          naive::axis_of(last, 1);
          return Array{{1}, x.values};
        }
        const int from = naive::axis_of(first, naive::rank_of(x)), to = naive::axis_of(last, naive::rank_of(x));
        refuse_if(from > to);
        Place shape(x.shape.begin(), x.shape.begin() + from);
        shape.push_back(naive::elements_of({x.shape.begin() + from, x.shape.begin() + to + 1}));
        shape.insert(shape.end(), x.shape.begin() + to + 1, x.shape.end());
        return Array{shape, x.values};
      });
}

Step Chooser::step() {
  using Make = Step (Chooser::*)();
  static constexpr Make all[] = {
      &Chooser::unary,        &Chooser::binary,        &Chooser::reduction,  &Chooser::slice,   &Chooser::select,
      &Chooser::transpose,    &Chooser::permute,       &Chooser::broadcast,  &Chooser::reshape, &Chooser::flip,
      &Chooser::concat,       &Chooser::stack,         &Chooser::unsqueeze,  &Chooser::squeeze, &Chooser::roll,
      &Chooser::index_select, &Chooser::gather,        &Chooser::matmul,     &Chooser::softmax, &Chooser::scan,
      &Chooser::triangle,     &Chooser::diagonal,      &Chooser::pad,        &Chooser::repeat,  &Chooser::tile,
      &Chooser::contiguous,   &Chooser::slice_scatter, &Chooser::mask,       &Chooser::sort,    &Chooser::flatten,
      &Chooser::unfold,       &Chooser::scatter_add,   &Chooser::index_add,  &Chooser::einsum,  &Chooser::convolution,
      &Chooser::attention,    &Chooser::comparison,    &Chooser::rank_along, &Chooser::nonzero, &Chooser::one_hot,
      &Chooser::bincount,     &Chooser::gather_by};
  return (this->*all[static_cast<std::size_t>(input_.pick(0, std::size(all) - 1))])();
}

namespace {

std::vector<std::size_t> all_of(const std::vector<Place>& shapes) {
  std::vector<std::size_t> all(shapes.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace

Step choose(Input& input, const std::vector<Place>& shapes) { return Chooser(input, shapes, all_of(shapes)).step(); }

Write choose_write(Input& input, const std::vector<Place>& shapes, std::vector<std::size_t> constants) {
  if (constants.empty() || input.once_in(8)) constants = all_of(shapes);
  return Chooser(input, shapes, std::move(constants)).write();
}

Place random_shape(Input& input) {
  Place shape;
  for (std::int64_t i = input.pick(0, 4); i-- > 0;) shape.push_back(input.once_in(16) ? 0 : input.pick(1, 4));
  return shape;
}

std::string text_of(const Place& numbers) {
  std::string text;
  for (const std::int64_t number : numbers) text.append(text.empty() ? "" : ", ").append(std::to_string(number));
  return "[" + text + "]";
}

}  // namespace fuzz
