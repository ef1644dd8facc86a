// What stacks of layers with the fields depth, groups and layers check.
#pragma once

#include "expect.h"
#include "repeat.h"

namespace heed::nn::detail {

[[noreturn, gnu::cold]] void too_deep(AnyLayer stack);
[[noreturn, gnu::cold]] void no_such_place(AnyLayer stack, std::int64_t place);

template <fields::Layer Stack>
void check_stack(const Stack& stack) {
  expect_at_least(stack, 0, stack.width, stack.depth);
  if (stack.depth > most_layers) too_deep(stack);
  if (stack.depth > 0) expect_divides(stack, stack.groups, stack.depth);
  expect_count(stack, "layers", stack.layers, stack.groups);
}

/// Throws Error unless the stack has a layer in this place.
template <fields::Layer Stack>
void expect_place(const Stack& stack, std::int64_t place) {
  if (place < 0 || place >= stack.depth) no_such_place(stack, place);
  expect_divides(stack, stack.groups, stack.depth);
  expect_count(stack, "layers", stack.layers, stack.groups);
}

}  // namespace heed::nn::detail
