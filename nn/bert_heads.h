// BERT with what it is trained for on top.
#pragma once

#include "../ops/loss.h"
#include "bert.h"

namespace heed::nn {

/// Texts to pretrain on.
struct BertBatch {
  Tensor tokens, segments;  // [tokens] of int64; segments may be empty
  Sequences sequences;
  Tensor masked_positions, masked_labels;  // [labels] of int64: rows of tokens, and what stood there
  Tensor
      next_labels;  // [sequences] of int64: 0 if the second segment follows the first, else 1; empty: no such objective
};

/// Parts of a loss; `next` is an empty Tensor where there is no such objective. total = masked + next.
struct BertLoss {
  Tensor total, masked, next;
};

/// What a token was, from its hidden vector h: logits = E norm(gelu(W h)) + b, where E are the token embeddings.
/// h: [labels, width], W: [embedding_width, width], E: [vocabulary, embedding_width], logits: [labels, vocabulary].
/// Devlin et al. 2019, arXiv:1810.04805, section 3.1, task 1.
template <class Norm = LayerNorm>
struct MaskedLanguageHead {
  Size vocabulary, width;
  float epsilon = 1e-12f;
  Size embedding_width = width;
  Linear transform = Linear{.in = width, .out = embedding_width};
  Norm norm = make_norm<Norm>(embedding_width, epsilon);
  Parameter bias{{vocabulary}, zeros};

  Tensor logits(const Tensor& hidden, const Tensor& embeddings) const {
    expect_usable(*this);
    return linear(norm(gelu(transform(hidden))), embeddings, bias);
  }
  /// The mean of -log softmax(logits)[label]; never holds all logits. labels: [labels] of int64.
  Tensor loss(const Tensor& hidden, const Tensor& embeddings, const Tensor& labels) const {
    expect_usable(*this);
    return linear_cross_entropy(norm(gelu(transform(hidden))), embeddings, bias, labels);
  }
};

/// Masked language model and next sentence prediction. Logits are computed only where there is a label.
/// Devlin et al. 2019, arXiv:1810.04805, section 3.1.
template <class Attention = MultiHeadAttention, class Hidden = FeedForward, class Norm = LayerNorm,
          template <class> class Residual = PlacedNorm>
struct BertForPretraining {
  using Body = Bert<Attention, Hidden, Norm, Residual>;

  Size vocabulary, width, heads, depth;
  Size longest = 512, segments = 2;
  PositionKind positions = PositionKind::learned;
  NormPlacement placement = NormPlacement::after;
  float dropout = 0.1f, attention_dropout = dropout;
  float rotary_base = 10000, epsilon = 1e-12f, stochastic_depth = 0;
  Size groups = depth, embedding_width = width;
  Body bert = Body{.vocabulary = vocabulary,
                   .width = width,
                   .heads = heads,
                   .depth = depth,
                   .longest = longest,
                   .segments = segments,
                   .positions = positions,
                   .placement = placement,
                   .dropout = dropout,
                   .attention_dropout = attention_dropout,
                   .rotary_base = rotary_base,
                   .epsilon = epsilon,
                   .stochastic_depth = stochastic_depth,
                   .groups = groups,
                   .embedding_width = embedding_width};
  MaskedLanguageHead<Norm> masked_head = MaskedLanguageHead<Norm>{
      .vocabulary = vocabulary, .width = width, .epsilon = epsilon, .embedding_width = embedding_width};
  Linear next_head = Linear{.in = width, .out = 2};

  BertLoss loss(const BertBatch& batch) const {
    const Tensor hidden = bert(batch.tokens, batch.segments, batch.sequences);
    BertLoss parts;
    parts.masked =
        masked_head.loss(gather_rows(hidden, batch.masked_positions), bert.token_embedding.weight, batch.masked_labels);
    if (batch.next_labels)
      parts.next = cross_entropy(next_head(bert.pooled(hidden, batch.sequences)), batch.next_labels);
    parts.total = parts.next ? parts.masked + parts.next : parts.masked;
    return parts;
  }

  /// [labels, vocabulary], at the batch's masked positions.
  Tensor masked_logits(const BertBatch& batch) const {
    const Tensor hidden = bert(batch.tokens, batch.segments, batch.sequences);
    return masked_head.logits(gather_rows(hidden, batch.masked_positions), bert.token_embedding.weight);
  }
  /// [sequences, 2]: class 0 says that the second segment follows the first.
  Tensor next_logits(const BertBatch& batch) const {
    return next_head(bert.pooled(bert(batch.tokens, batch.segments, batch.sequences), batch.sequences));
  }
};

/// The masked language model alone.
template <class Attention = MultiHeadAttention, class Hidden = FeedForward, class Norm = LayerNorm,
          template <class> class Residual = PlacedNorm>
struct BertForMaskedLM {
  using Body = Bert<Attention, Hidden, Norm, Residual>;

  Size vocabulary, width, heads, depth;
  Size longest = 512, segments = 2;
  PositionKind positions = PositionKind::learned;
  NormPlacement placement = NormPlacement::after;
  float dropout = 0.1f, attention_dropout = dropout;
  float rotary_base = 10000, epsilon = 1e-12f, stochastic_depth = 0;
  Size groups = depth, embedding_width = width;
  Body bert = Body{.vocabulary = vocabulary,
                   .width = width,
                   .heads = heads,
                   .depth = depth,
                   .longest = longest,
                   .segments = segments,
                   .positions = positions,
                   .placement = placement,
                   .dropout = dropout,
                   .attention_dropout = attention_dropout,
                   .rotary_base = rotary_base,
                   .epsilon = epsilon,
                   .stochastic_depth = stochastic_depth,
                   .groups = groups,
                   .embedding_width = embedding_width};
  MaskedLanguageHead<Norm> masked_head = MaskedLanguageHead<Norm>{
      .vocabulary = vocabulary, .width = width, .epsilon = epsilon, .embedding_width = embedding_width};

  Tensor loss(const BertBatch& batch) const {
    const Tensor hidden = bert(batch.tokens, batch.segments, batch.sequences);
    return masked_head.loss(gather_rows(hidden, batch.masked_positions), bert.token_embedding.weight,
                            batch.masked_labels);
  }
  /// Logits at any positions, rows of `tokens`: [positions, vocabulary].
  Tensor operator()(const Tensor& tokens, const Sequences& sequences, const Tensor& at) const {
    return masked_head.logits(gather_rows(bert(tokens, {}, sequences), at), bert.token_embedding.weight);
  }
};

/// What stands for a whole sequence: the pooled first token, or the mean of all hidden vectors.
enum class Pooling { first, mean };

/// Classes of texts: logits = W dropout(pooled) + b;  tokens, segments: [tokens]  ->  [sequences, classes].
/// Devlin et al. 2019, arXiv:1810.04805, section 4.1; the mean as in Reimers and Gurevych 2019, arXiv:1908.10084.
template <class Attention = MultiHeadAttention, class Hidden = FeedForward, class Norm = LayerNorm,
          template <class> class Residual = PlacedNorm>
struct BertForSequenceClassification {
  using Body = Bert<Attention, Hidden, Norm, Residual>;

  Size vocabulary, width, heads, depth, classes;
  Size longest = 512, segments = 2;
  Pooling pooling = Pooling::first;
  PositionKind positions = PositionKind::learned;
  NormPlacement placement = NormPlacement::after;
  float dropout = 0.1f, attention_dropout = dropout;
  float rotary_base = 10000, epsilon = 1e-12f, stochastic_depth = 0;
  Size groups = depth, embedding_width = width;
  Body bert = Body{.vocabulary = vocabulary,
                   .width = width,
                   .heads = heads,
                   .depth = depth,
                   .longest = longest,
                   .segments = segments,
                   .positions = positions,
                   .placement = placement,
                   .dropout = dropout,
                   .attention_dropout = attention_dropout,
                   .rotary_base = rotary_base,
                   .epsilon = epsilon,
                   .stochastic_depth = stochastic_depth,
                   .groups = groups,
                   .embedding_width = embedding_width};
  Dropout output_dropout = Dropout{.probability = dropout};
  Linear classifier = Linear{.in = width, .out = classes};

  Tensor operator()(const Tensor& tokens, const Tensor& segments_of_tokens, const Sequences& sequences) const {
    const Tensor hidden = bert(tokens, segments_of_tokens, sequences);
    const Tensor of_sequence =
        pooling == Pooling::first ? bert.pooled(hidden, sequences) : mean_rows(hidden, sequences);
    return classifier(output_dropout(of_sequence));
  }
};

}  // namespace heed::nn
