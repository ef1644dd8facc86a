// Layers of parameters alone, without ops, for the tests of nn/.
#pragma once

#include <heed/graph/create.h>
#include <heed/nn/fields/expect.h>
#include <heed/nn/fields/fields.h>
#include <heed/nn/fields/parameters.h>
#include <heed/nn/fields/repeat.h>

namespace layers {

using heed::DType;
using heed::ones;
using heed::Size;
using heed::Tensor;
using heed::nn::Buffer;
using heed::nn::Mode;
using heed::nn::Parameter;

enum class Norm { before, after };

struct Dense {
  Size in, out;
  bool biased = true;
  Parameter weight = ones({in, out});
  std::optional<Parameter> bias = heed::nn::when(biased, [&] { return ones({out}); });
};

struct Identity {};

struct Drop {
  float rate = 0.1f;
  Mode mode{};
};

template <class Inner = Dense>
struct Block {
  Size width, hidden = 4 * width;
  float epsilon = 1e-5f;
  Norm norm = Norm::after;
  Inner up{.in = width, .out = hidden};
  Inner down{.in = hidden, .out = width};
  Drop drop{};
  Identity identity{};
};

template <class Inner = Dense>
struct Stack {
  Size width, depth;
  std::string name = "stack";
  std::vector<Block<Inner>> blocks = heed::nn::repeat(depth, [&](int) { return Block<Inner>{.width = width}; });
  std::array<Dense, 2> pair =
      heed::nn::repeat<2>([&](int i) { return Dense{.in = width, .out = width, .biased = i == 0}; });
  Buffer positions = heed::arange(width);
  Parameter table = ones({3, width});
  Dense tied{.in = 3, .out = width, .weight = table};
  std::optional<Dense> none = heed::nn::when(depth > 9, [&] { return Dense{.in = width, .out = width}; });
};

}  // namespace layers
