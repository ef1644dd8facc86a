// expect: the feed_forward of a DecoderLayer is called with \(x\)
#include <heed/nn/layers/decoder_layer.h>

using namespace heed;

const nn::MultiHeadAttention<> self_attention{.width = 64, .heads = 4};
#ifdef MISTAKE
const nn::DecoderLayer layer{.attention = self_attention,
                             .cross_attention = nn::CrossAttention{.width = 64, .heads = 4},
                             .feed_forward = self_attention};
#else
const nn::DecoderLayer layer{.attention = self_attention,
                             .cross_attention = nn::CrossAttention{.width = 64, .heads = 4},
                             .feed_forward = nn::FeedForward{.width = 64}};
#endif

Tensor call(const Tensor& x, const nn::Pass& pass) { return layer(x, pass); }
