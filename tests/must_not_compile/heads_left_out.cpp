// expect: heads
#include <heed/nn/layers/encoder_layer.h>

using namespace heed;

#ifdef MISTAKE
const nn::MultiHeadAttention<nn::Rotary> attention{.width = 64};
#else
const nn::MultiHeadAttention<nn::Rotary> attention{.width = 64, .heads = 4};
#endif
