// expect: (deduction failed|no viable constructor or deduction guide)
#include <heed/nn/layers/encoder_layer.h>

using namespace heed;

#ifdef MISTAKE
const nn::EncoderLayer layer{.feed_forward = nn::FeedForward{.width = 64}};
#else
const nn::EncoderLayer layer{.attention = nn::MultiHeadAttention<>{.width = 64, .heads = 4},
                             .feed_forward = nn::FeedForward{.width = 64}};
#endif
