// Two chunks write one place.
#include <heed/graph/executor.h>

#include <cstdio>

int main() {
  heed::set_threads(8);
  int shared = 0;
  for (int round = 0; round < 100; ++round)
    heed::parallel_chunks(1000, [&](std::int64_t chunk) { shared += static_cast<int>(chunk); });
  std::printf("%d\n", shared);
}
