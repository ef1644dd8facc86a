// expect: a residual of an EncoderLayer is called with \(x, sublayer\)
#include <heed/nn/layers/encoder_layer.h>

using namespace heed;

#ifdef MISTAKE
using Residual = nn::LayerNorm;
#else
using Residual = nn::PostNorm<>;
#endif

const nn::EncoderLayer layer{.attention = nn::MultiHeadAttention<>{.width = 64, .heads = 4},
                             .feed_forward = nn::FeedForward{.width = 64},
                             .attention_residual = Residual{.width = 64}};

Tensor call(const Tensor& x, const Sequences& sequences) { return layer(x, sequences); }
