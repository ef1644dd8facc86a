// expect: heads
#include <heed/nn/encoder.h>

using namespace heed;

#ifdef MISTAKE
const nn::MultiHeadAttention<nn::Rotary> attention{.width = 64};
#else
const nn::MultiHeadAttention<nn::Rotary> attention{.width = 64, .heads = 4};
#endif
