// What a classifier without a transformer makes of the same texts: the yardstick.
#pragma once

#include <heed/heed.h>

#include <string>
#include <unordered_map>
#include <vector>

/// Texts as sparse vectors with an entry for each word they have:
///   x[d, w] = (1 + ln count of w in d) * (ln((1 + documents) / (1 + documents with w)) + 1), divided by the norm of
///   x[d]
/// Words are what BERT's normalisation leaves, of two characters at least, that occur in two documents at least.
/// Sparck Jones 1972, "A statistical interpretation of term specificity", smoothed and with sublinear counts.
class TfIdf {
 public:
  explicit TfIdf(const std::vector<std::string>& texts);

  /// The entries that are not 0, document by document.
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

/// Minimises  mean of cross entropy + sum of W^2 / (2 strength documents)  by AdamW on all documents at once, whose
/// rate falls to 0.
LogisticRegression fit(const TfIdf::Entries& x, const std::vector<std::int64_t>& labels, std::int64_t classes,
                       double strength);

/// The accuracy on the test texts, with the strength that is best on the validation texts. Labels count from 0.
double bag_of_words_accuracy(const heed::text::LabelledTexts& train, const heed::text::LabelledTexts& validation,
                             const heed::text::LabelledTexts& test, std::int64_t classes);
