#include <heed/graph/executor.h>
#include <heed/heed.h>

#include <cstdint>
#include <cstdio>

int main() {
  std::int64_t sums[8] = {};
  heed::parallel_chunks(8, [&](std::int64_t chunk) { sums[chunk] = chunk * chunk; });
  std::int64_t total = 0;
  for (const std::int64_t sum : sums) total += sum;
  std::printf("squares add up to %d\n", static_cast<int>(total));
}
