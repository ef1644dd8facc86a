// Baseline: bag of words with TF-IDF and logistic regression.
#pragma once

#include <heed/heed.h>

#include <string>
#include <unordered_map>
#include <vector>

/// TF-IDF: texts as sparse vectors with an entry for each word of the text:
///   x[d, w] = (1 + ln count of w in d) * (ln((1 + documents) / (1 + documents with w)) + 1), divided by the norm of
///   x[d]
/// Words are those after BERT's normalisation, with at least two characters, that occur in at least two documents.
/// Sparck Jones 1972, "A statistical interpretation of term specificity", smoothed and with sublinear counts.
class TfIdf {
 public:
  explicit TfIdf(const std::vector<std::string>& texts);

  /// Nonzero entries, sorted by document.
  struct Entries {
    std::int64_t documents, words;
    heed::Tensor document, word;  // int64 [entries]
    heed::Tensor value;           // float32 [entries, 1]
  };
  Entries operator()(const std::vector<std::string>& texts) const;
  std::int64_t words() const { return static_cast<std::int64_t>(numbers_.size()); }

 private:
  std::unordered_map<std::string, std::int64_t> numbers_;
  std::vector<double> rarity_;
};

/// Multinomial logistic regression on such vectors: logits = X W + b, with W: [words, classes] and b: [classes].
struct LogisticRegression {
  heed::Size words, classes;
  heed::nn::Parameter weight{{words, classes}, heed::zeros};
  heed::nn::Parameter bias{{classes}, heed::zeros, heed::nn::Role::bias};

  heed::Tensor operator()(const TfIdf::Entries& x) const;
};

/// Minimises  mean of cross-entropy + sum of W^2 / (2 strength documents)  by full-batch AdamW, with a learning rate
/// that decays to 0.
LogisticRegression fit(const TfIdf::Entries& x, const std::vector<std::int64_t>& labels, std::int64_t classes,
                       double strength);

/// Accuracy on the test texts, with the strength that is best on the validation texts. Labels start at 0.
double bag_of_words_accuracy(const heed::text::LabelledTexts& train, const heed::text::LabelledTexts& validation,
                             const heed::text::LabelledTexts& test, std::int64_t classes);
