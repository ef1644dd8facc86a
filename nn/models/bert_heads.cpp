#include "bert_heads.h"

#include "../fields/json.h"

namespace heed::nn {

BertForSequenceClassification<> detail::model_of_flat_settings(const JsonValue& json,
                                                               BertForSequenceClassification<>* /*type*/) {
  Bert bert = model_of_flat_settings(json, static_cast<Bert*>(nullptr));
  return {.classes = json.at("classes").get<Size>(),
          .pooling = json.has("pooling") ? json.at("pooling").get<Pooling>() : Pooling::first,
          .dropout = bert.dropout,
          .bert = std::move(bert)};
}

}  // namespace heed::nn
