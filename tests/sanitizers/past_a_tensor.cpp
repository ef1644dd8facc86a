// An op's chunk reads behind the tensor's last element, inside the arena's region.
#include <heed/heed.h>

#include <cstdio>

int main() {
  const heed::Tensor x = heed::ones({1000});
  const float* last = heed::read<float>(x) + 999;
  heed::parallel_chunks(2, [=](std::int64_t chunk) { std::printf("%g\n", static_cast<double>(last[chunk])); });
}
