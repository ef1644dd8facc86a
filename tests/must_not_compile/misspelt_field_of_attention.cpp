// expect: (no non-static data member named 'head'|field designator 'head' does not refer to any field)
#include <heed/nn/layers/encoder_layer.h>

using namespace heed;

#ifdef MISTAKE
const nn::MultiHeadAttention<nn::Rotary> attention{.width = 64, .head = 4};
#else
const nn::MultiHeadAttention<nn::Rotary> attention{.width = 64, .heads = 4};
#endif
