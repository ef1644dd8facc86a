#include "bag_of_words.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <heed/text/strings/unicode.h>

using namespace heed;

namespace {

/// Counts of the words of a text, in alphabetical order.
std::map<std::string, std::int64_t> count_words(const std::string& text) {
  const std::string normalized = text::normalize(text);
  std::map<std::string, std::int64_t> counts;
  std::string_view rest = normalized;
  for (std::string_view word = text::take_word(rest); !word.empty(); word = text::take_word(rest))
    if (text::count_characters(word) >= 2) ++counts[std::string(word)];
  return counts;
}

double accuracy(const LogisticRegression& model, const TfIdf::Entries& x, const std::vector<std::int64_t>& labels) {
  NoGrad scope;
  return mean(cast(equal(argmax(model(x), -1), tensor(labels)), float64)).item();
}

}  // namespace

TfIdf::TfIdf(const std::vector<std::string>& texts) {
  std::map<std::string, std::int64_t> documents_with;
  for (const std::string& text : texts)
    for (const auto& [word, count] : count_words(text)) ++documents_with[word];
  for (const auto& [word, documents] : documents_with) {
    if (documents < 2) continue;
    numbers_.emplace(word, words());
    rarity_.push_back(std::log((1 + static_cast<double>(texts.size())) / (1 + static_cast<double>(documents))) + 1);
  }
}

TfIdf::Entries TfIdf::operator()(const std::vector<std::string>& texts) const {
  std::vector<std::int64_t> document, word;
  std::vector<float> value;
  for (std::size_t d = 0; d < texts.size(); ++d) {
    const std::size_t begin = value.size();
    double squares = 0;
    for (const auto& [name, count] : count_words(texts[d])) {
      const auto known = numbers_.find(name);
      if (known == numbers_.end()) continue;
      const double x = (1 + std::log(static_cast<double>(count))) * rarity_[static_cast<std::size_t>(known->second)];
      document.push_back(static_cast<std::int64_t>(d));
      word.push_back(known->second);
      value.push_back(static_cast<float>(x));
      squares += x * x;
    }
    for (std::size_t i = begin; i < value.size(); ++i) value[i] /= static_cast<float>(std::sqrt(squares));
  }
  const auto entries = static_cast<std::int64_t>(value.size());
  return {static_cast<std::int64_t>(texts.size()), words(), tensor(document), tensor(word),
          tensor(value, {entries, 1})};
}

Tensor LogisticRegression::operator()(const TfIdf::Entries& x) const {
  return index_add(zeros({x.documents, classes}), x.document, x.value * gather_rows(weight, x.word)) + bias;
}

LogisticRegression fit(const TfIdf::Entries& x, const std::vector<std::int64_t>& labels, std::int64_t classes,
                       double strength) {
  constexpr std::int64_t steps = 150;
  LogisticRegression model{.words = x.words, .classes = classes};
  optim::AdamW adam{nn::parameters(model), {.weight_decay = 0}};
  const auto rate = optim::warmup_linear(0.3, 1, steps);
  const Tensor targets = tensor(labels);
  for (std::int64_t step = 0; step < steps; ++step) {
    const double decay = 0.5 / (strength * static_cast<double>(x.documents));
    backward(cross_entropy(model(x), targets) + decay * sum(model.weight * model.weight));
    adam.step(rate(step));
  }
  return model;
}

double bag_of_words_accuracy(const text::LabelledTexts& train, const text::LabelledTexts& validation,
                             const text::LabelledTexts& test, std::int64_t classes) {
  const TfIdf vectors{train.texts};
  const auto x = vectors(train.texts), validation_x = vectors(validation.texts);
  double best = -1;
  LogisticRegression chosen{.words = 0, .classes = classes};
  for (const double strength : {1.0, 3.0, 10.0, 30.0}) {
    auto model = fit(x, train.labels, classes, strength);
    const double reached = accuracy(model, validation_x, validation.labels);
    if (reached > best) best = reached, chosen = model;
  }
  return accuracy(chosen, vectors(test.texts), test.labels);
}
