// expect: the attention of an EncoderLayer is called with \(x, pass\)
#include <heed/nn/layers/encoder_layer.h>

using namespace heed;

#ifdef MISTAKE
const nn::EncoderLayer layer{.attention = nn::FeedForward{.width = 64}, .feed_forward = nn::FeedForward{.width = 64}};
#else
const nn::EncoderLayer layer{.attention = nn::MultiHeadAttention<>{.width = 64, .heads = 4},
                             .feed_forward = nn::FeedForward{.width = 64}};
#endif

Tensor call(const Tensor& x, const Sequences& sequences) { return layer(x, sequences); }
