// Trains a model whose every kind of op is large enough to be cut, and leaves its weights: same_bits --save FILE. Fails
// if more than one thread was asked for and only one ran chunks, for then equal bits would show nothing.
#include <heed/heed.h>

#include <cstdio>
#include <cstring>

using namespace heed;

using Layer = nn::EncoderLayer<nn::MultiHeadAttention<>, nn::FeedForward>;

Layer layer(const Size& width) {
  return {.dropout = 0.1f,
          .attention = nn::MultiHeadAttention<>{.width = width, .heads = 4, .dropout = 0.1f},
          .feed_forward = nn::FeedForward{.width = width}};
}

struct Model {
  Size vocabulary, width;
  nn::Embedding embedding{.count = vocabulary, .width = width};
  nn::LearnedPositions positions{.max_length = 200, .width = width};
  nn::Stack<Layer, nn::LayerNorm> encoder{.layers = nn::repeat(2, [&](int) { return layer(width); })};
  nn::Linear head{.in = width, .out = vocabulary};
};

int main(int count, char** arguments) {
  if (count != 3 || std::strcmp(arguments[1], "--save") != 0) return 2;
  seed(1);
  auto model = Model{.vocabulary = 1000, .width = 128};
  optim::AdamW adam{nn::parameters(model)};
  const Sequences sequences{200, 1, 0, 133, 66, 112};
  for (int step = 0; step < 10; ++step) {
    const Tensor tokens = cast(uniform({sequences.tokens()}, 0, 1000), int64),
                 targets = cast(uniform({512}, 0, 1000), int64);
    Tensor hidden = model.encoder(model.embedding(tokens) + model.positions(sequences), sequences);
    backward(linear_cross_entropy(hidden, model.head.weight, *model.head.bias, targets));
    optim::clip_norm(adam.parameters(), 1.0);
    adam.step(1e-3);
  }
  nn::save(model, arguments[2]);
  std::printf("%d of %d threads ran chunks\n", detail::threads_that_ran_chunks(), threads());
  return threads() > 1 && detail::threads_that_ran_chunks() < 2;
}
