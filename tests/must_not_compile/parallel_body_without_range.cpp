// The body of parallel() takes a Range, not an index, unlike that of parallel_chunks().
// expect: no match for call to|no matching function for call to
#include <heed/graph/executor.h>

void fill(float* values) {
#ifdef MISTAKE
  heed::parallel(1000, 1.0, [=](float* at) { *at = 0; });
#else
  heed::parallel(1000, 1.0, [=](heed::Range part) {
    for (auto i = part.begin; i < part.end; ++i) values[i] = 0;
  });
#endif
}
