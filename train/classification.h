// Classification metrics. Classes are integers from 0 on. All functions throw Error unless predictions and labels have
// the same length and no class is negative.
#pragma once

#include <cstdint>
#include <span>

namespace heed::train {

/// Classes of the items, in order.
using Classes = std::span<const std::int64_t>;

/// Accuracy: the fraction of correct predictions; 0 without predictions.
double accuracy(Classes predicted, Classes labels);

/// Precision, recall and F1 score of a class:
///   precision = correct / predicted,  recall = correct / labelled,  f1 = 2 correct / (predicted + labelled).
/// A quotient with divisor 0 is 0.
struct F1 {
  double precision, recall, f1;
};
/// Precision, recall and F1 score of one class.
F1 f1(Classes predicted, Classes labels, std::int64_t of_class = 1);

/// Macro-averaged F1: the mean over the classes that occur among predictions or labels.
double macro_f1(Classes predicted, Classes labels);
/// Micro-averaged F1 over all decisions; with one class per item this is the accuracy.
double micro_f1(Classes predicted, Classes labels);

/// Matthews correlation coefficient, from -1 to 1; 0 if all predictions or all labels are the same class. Matthews
/// 1975, for two classes; Gorodkin 2004, "Comparing two K-category assignments by a K-category correlation
/// coefficient".
double matthews(Classes predicted, Classes labels);

}  // namespace heed::train
