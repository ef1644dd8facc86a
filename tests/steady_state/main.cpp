// A training step after warm-up makes no page fault, and heed's own code no malloc or new. This program has a malloc of
// its own that counts; what oneDNN asks for is counted apart.
#include <heed/heed.h>
#include <sys/resource.h>

#include <cstdio>

#include "../count_malloc.h"

using namespace heed;

namespace {

long page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

struct Counted {
  long mallocs, mallocs_onednn, page_faults;
};

/// Of `steps` training steps after as many for warm-up.
Counted count(int steps) {
  seed(1);
  const std::int64_t vocabulary = 100;
  auto embedding = nn::Embedding{.count = vocabulary, .width = 64};
  const auto layer = [](int) {
    return nn::EncoderLayer{.dropout = 0.1f,
                            .attention = nn::MultiHeadAttention<>{.width = 64, .heads = 4, .dropout = 0.1f},
                            .feed_forward = nn::FeedForward{.width = 64}};
  };
  auto encoder = nn::Stack{.layers = nn::repeat(2, layer), .norm = nn::LayerNorm{.width = 64}};
  auto head = nn::Linear{.in = 64, .out = vocabulary};
  auto parameters = nn::parameters(encoder);
  for (const auto& more : {nn::parameters(embedding), nn::parameters(head)})
    parameters.insert(parameters.end(), more.begin(), more.end());
  optim::AdamW adam{parameters};
  const Sequences sequences{50, 1, 77, 128};
  const Tensor tokens = cast(uniform({256}, 0, vocabulary), int64),
               targets = cast(uniform({256}, 0, vocabulary), int64);
  const auto step = [&] {
    backward(linear_cross_entropy(encoder(embedding(tokens), sequences), head.weight, *head.bias, targets));
    optim::clip_norm(adam.parameters(), 1.0);
    adam.step(1e-3);
  };
  for (int i = 0; i < steps; ++i) step();
  const long mallocs = test::mallocs, inside = test::mallocs_onednn, faults = page_faults();
  for (int i = 0; i < steps; ++i) step();
  return {test::mallocs - mallocs, test::mallocs_onednn - inside, page_faults() - faults};
}

}  // namespace

int main() {
  // The kernel may move a page of ours at any time, and a worker that TBB lends may begin its first work, so one quiet
  // window out of five is enough: what a step itself asks for, it asks for in all of them.
  for (int window = 0; window < 5; ++window) {
    const Counted counted = count(20);
    std::printf("20 steps: %ld mallocs, %ld more inside oneDNN, %ld page faults\n", counted.mallocs,
                counted.mallocs_onednn, counted.page_faults);
    if (counted.mallocs == 0 && counted.page_faults == 0) return 0;
  }
  return 1;
}
