// A tensor's memory is read when the tensor is gone and its block is back in the arena.
#include <heed/heed.h>

#include <cstdio>

int main() {
  const float* first = heed::read<float>(heed::ones({1000}));
  std::printf("%g\n", static_cast<double>(first[500]));
}
