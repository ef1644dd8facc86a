// expect: the field layers of a LanguageModel is called with \(x, pass\)
#include <heed/nn/models/language_model.h>

using namespace heed;

const nn::TokenEmbedding<> token_embedding{.vocabulary = 256, .width = 64};
#ifdef MISTAKE
const nn::LanguageModel model{.embedding = token_embedding, .layers = nn::LayerNorm{.width = 64}};
#else
const auto layer = [](int) {
  return nn::EncoderLayer{.attention = nn::MultiHeadAttention<>{.width = 64, .heads = 4},
                          .feed_forward = nn::FeedForward{.width = 64}};
};
const nn::LanguageModel model{.embedding = token_embedding, .layers = nn::Stack{.layers = nn::repeat(2, layer)}};
#endif
