// A chunk writes behind what was allocated.
#include <heed/graph/executor.h>

#include <vector>

int main() {
  std::vector<float> values(1000);
  float* first = values.data();
  heed::parallel_chunks(2, [=](std::int64_t chunk) { first[chunk * 1000] = 1; });
}
