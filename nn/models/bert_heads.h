// BERT with heads for pretraining and classification.
#pragma once

#include "../../ops/loss/cross_entropy.h"
#include "../../ops/loss/linear_cross_entropy.h"
#include "bert.h"
#include "bert_batch.h"
#include "bert_presets.h"

namespace heed::nn {

/// Pretraining loss: total = masked + next. `next` is an empty Tensor without next sentence prediction.
struct BertLoss {
  Tensor total, masked, next;
};

/// Masked language modelling head: logits = E norm(gelu(W h)) + b, where E are the token embeddings.
/// h: [labels, width], W = transform.weight: [embedding_width, width], E: [vocabulary, embedding_width], logits:
/// [labels, vocabulary]. Devlin et al. 2019, arXiv:1810.04805, section 3.1, task 1.
template <class Norm = LayerNorm>
struct MaskedLanguageHead {
  Size vocabulary, width;
  Size embedding_width = width;
  Linear transform = Linear{.in = width, .out = embedding_width};
  Norm norm = of_width<Norm>(embedding_width);
  /// Bias b of the logits.
  Parameter bias{{vocabulary}, zeros, Role::bias};

  /// Logits of hidden states at masked positions.
  Tensor logits(const Tensor& hidden, const Tensor& embeddings) const {
    expect_usable(*this);
    return linear(norm(gelu(transform(hidden))), embeddings, bias);
  }
  /// Mean cross-entropy, -log softmax(logits)[label], without materialising all logits. labels: int64 [labels].
  Tensor loss(const Tensor& hidden, const Tensor& embeddings, const Tensor& labels) const {
    expect_usable(*this);
    return linear_cross_entropy(norm(gelu(transform(hidden))), embeddings, bias, labels);
  }
};

namespace detail {
/// Returns the masked language modelling head of a model; its norm has the epsilon of the model's embedding norm.
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

/// BERT with masked language modelling and next sentence prediction. Logits are computed only at masked positions.
///   nn::BertForPretraining model{.bert = nn::bert({.vocabulary = 30522, .width = 256, .heads = 4, .depth = 4})};
/// Devlin et al. 2019, arXiv:1810.04805, section 3.1.
template <class Body = Bert, class MaskedHead = MaskedLanguageHead<>>
struct BertForPretraining {
  /// Model without heads.
  Body bert;
  /// Head of masked language modelling.
  MaskedHead masked_head = detail::masked_head_of(bert);
  /// Head of next sentence prediction.
  Linear next_head = Linear{.in = bert.pooler.out, .out = 2};

  /// Loss of a batch.
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

  /// Logits at the batch's masked positions: [labels, vocabulary].
  Tensor masked_logits(const BertBatch& batch) const {
    const Tensor hidden = bert(batch.tokens, batch.segments, batch.sequences);
    return masked_head.logits(gather_rows(hidden, batch.masked_positions), bert.token_embedding.weight);
  }
  /// Logits of next sentence prediction: [sequences, 2]; class 0: the second segment follows the first.
  Tensor next_logits(const BertBatch& batch) const {
    return next_head(bert.pooled(bert(batch.tokens, batch.segments, batch.sequences), batch.sequences));
  }
};

/// BERT with masked language modelling alone.
template <class Body = Bert, class MaskedHead = MaskedLanguageHead<>>
struct BertForMaskedLM {
  /// Model without heads.
  Body bert;
  /// Head of masked language modelling.
  MaskedHead masked_head = detail::masked_head_of(bert);

  /// Mean cross-entropy at the masked positions.
  Tensor loss(const BertBatch& batch) const {
    const Tensor hidden = bert(batch.tokens, batch.segments, batch.sequences);
    return masked_head.loss(gather_rows(hidden, batch.masked_positions), bert.token_embedding.weight,
                            batch.masked_labels);
  }
  /// Logits at the positions `at`, indices into `tokens`, int64 [positions]: [positions, vocabulary].
  Tensor operator()(const Tensor& tokens, const Sequences& sequences, const Tensor& at) const {
    return masked_head.logits(gather_rows(bert(tokens, {}, sequences), at), bert.token_embedding.weight);
  }
};

/// Representation of a sequence: the pooled first token, or the mean of the hidden states.
enum class Pooling { first, mean };

/// Sequence classification: logits = W dropout(pooled) + b;  tokens, segments: [tokens]  ->  [sequences, classes].
///   auto model = nn::BertForSequenceClassification{.classes = 3, .bert = nn::bert({...})};
/// Devlin et al. 2019, arXiv:1810.04805, section 4.1; mean pooling: Reimers and Gurevych 2019, arXiv:1908.10084.
template <class Body = Bert>
struct BertForSequenceClassification {
  Size classes;
  Pooling pooling = Pooling::first;
  float dropout = 0.1f;
  Body bert;
  /// Dropout of the representation.
  Dropout output_dropout = Dropout{.probability = dropout};
  /// Projection W, b to the logits.
  Linear classifier = Linear{.in = bert.pooler.out, .out = classes};

  Tensor operator()(const Tensor& tokens, const Tensor& segments_of_tokens, const Sequences& sequences) const {
    const Tensor hidden = bert(tokens, segments_of_tokens, sequences);
    const Tensor of_sequence =
        pooling == Pooling::first ? bert.pooled(hidden, sequences) : mean_rows(hidden, sequences);
    return classifier(output_dropout(of_sequence));
  }
};

namespace detail {
// Models from configurations of earlier versions, as for Bert.
inline BertForPretraining<> model_of_flat_settings(const JsonValue& json, BertForPretraining<>* /*type*/) {
  return {.bert = model_of_flat_settings(json, static_cast<Bert*>(nullptr))};
}
inline BertForMaskedLM<> model_of_flat_settings(const JsonValue& json, BertForMaskedLM<>* /*type*/) {
  return {.bert = model_of_flat_settings(json, static_cast<Bert*>(nullptr))};
}
BertForSequenceClassification<> model_of_flat_settings(const JsonValue& json, BertForSequenceClassification<>* type);
}  // namespace detail

}  // namespace heed::nn
