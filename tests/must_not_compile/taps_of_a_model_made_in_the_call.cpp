// expect: use of deleted function|call to deleted constructor
#include <heed/nn/fields/taps.h>
#include <heed/nn/layers/linear.h>

std::size_t taps() {
#ifdef MISTAKE
  const heed::nn::Taps taps{heed::nn::Linear{.in = 2, .out = 3}};
#else
  const heed::nn::Linear model{.in = 2, .out = 3};
  const heed::nn::Taps taps{model};
#endif
  return taps.size();
}
