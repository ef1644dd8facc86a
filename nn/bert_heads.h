// BERT with what it is trained for on top.
#pragma once

#include "../ops/loss.h"
#include "bert.h"
#include "bert_presets.h"

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

/// Head of a masked language model: logits = E norm(gelu(W h)) + b, where E are the token embeddings.
/// h: [labels, width], W = transform.weight: [embedding_width, width], E: [vocabulary, embedding_width], logits:
/// [labels, vocabulary]. Devlin et al. 2019, arXiv:1810.04805, section 3.1, task 1.
template <class Norm = LayerNorm>
struct MaskedLanguageHead {
  Size vocabulary, width;
  Size embedding_width = width;
  Linear transform = Linear{.in = width, .out = embedding_width};
  Norm norm = of_width<Norm>(embedding_width);
  Parameter bias{{vocabulary}, zeros, Role::bias};

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

namespace detail {
/// The head of a model whose norm has the epsilon of the model's own.
template <class Body>
MaskedLanguageHead<LayerNorm> masked_head_of(const Body& bert) {
  const Size embedding_width = bert.token_embedding.width;
  LayerNorm norm{.width = embedding_width, .epsilon = 1e-12f};
  if constexpr (requires { norm.epsilon = bert.embedding_norm.epsilon; }) norm.epsilon = bert.embedding_norm.epsilon;
  return {.vocabulary = bert.token_embedding.count,
          .width = bert.pooler.in,
          .embedding_width = embedding_width,
          .norm = norm};
}
}  // namespace detail

/// Masked language model and next sentence prediction on a BERT. Logits are computed only where there is a label.
///   auto model = nn::BertForPretraining{.bert = nn::bert({.vocabulary = 30522, .width = 256, .heads = 4, .depth =
///   4})};
/// Devlin et al. 2019, arXiv:1810.04805, section 3.1.
template <class Body = Bert, class MaskedHead = MaskedLanguageHead<>>
struct BertForPretraining {
  Body bert;
  MaskedHead masked_head = detail::masked_head_of(bert);
  Linear next_head = Linear{.in = bert.pooler.out, .out = 2};

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
template <class Body = Bert, class MaskedHead = MaskedLanguageHead<>>
struct BertForMaskedLM {
  Body bert;
  MaskedHead masked_head = detail::masked_head_of(bert);

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
///   auto model = nn::BertForSequenceClassification{.classes = 3, .bert = nn::bert({...})};
/// Devlin et al. 2019, arXiv:1810.04805, section 4.1; the mean as in Reimers and Gurevych 2019, arXiv:1908.10084.
template <class Body = Bert>
struct BertForSequenceClassification {
  Size classes;
  Pooling pooling = Pooling::first;
  float dropout = 0.1f;
  Body bert;
  Dropout output_dropout = Dropout{.probability = dropout};
  Linear classifier = Linear{.in = bert.pooler.out, .out = classes};

  Tensor operator()(const Tensor& tokens, const Tensor& segments_of_tokens, const Sequences& sequences) const {
    const Tensor hidden = bert(tokens, segments_of_tokens, sequences);
    const Tensor of_sequence =
        pooling == Pooling::first ? bert.pooled(hidden, sequences) : mean_rows(hidden, sequences);
    return classifier(output_dropout(of_sequence));
  }
};

namespace detail {
// Of configurations of earlier versions, as for Bert.
inline BertForPretraining<> model_of_flat_settings(const JsonValue& json, BertForPretraining<>* /*type*/) {
  return {.bert = model_of_flat_settings(json, static_cast<Bert*>(nullptr))};
}
inline BertForMaskedLM<> model_of_flat_settings(const JsonValue& json, BertForMaskedLM<>* /*type*/) {
  return {.bert = model_of_flat_settings(json, static_cast<Bert*>(nullptr))};
}
BertForSequenceClassification<> model_of_flat_settings(const JsonValue& json, BertForSequenceClassification<>* type);
}  // namespace detail

}  // namespace heed::nn
