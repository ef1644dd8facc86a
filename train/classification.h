// How well classes are told apart. Classes are numbers from 0 on; predictions and labels are equally many.
#pragma once

#include <cstdint>
#include <span>

namespace heed::train {

using Classes = std::span<const std::int64_t>;

/// The share of predictions that are right; 0 of none. Throws Error, as all of these do, unless there are equally many
/// predictions and labels, none of them negative.
double accuracy(Classes predicted, Classes labels);

/// precision = right / predicted,  recall = right / labelled,  f1 = 2 right / (predicted + labelled): of one class.
/// A quotient without a divisor is 0.
struct F1 {
  double precision, recall, f1;
};
F1 f1(Classes predicted, Classes labels, std::int64_t of_class = 1);

/// The mean of f1 over the classes that occur among predictions or labels.
double macro_f1(Classes predicted, Classes labels);
/// The f1 of all decisions together: where each text has one class, the accuracy.
double micro_f1(Classes predicted, Classes labels);

/// Matthews's correlation of predictions and labels, from -1 to 1; 0 if either is always the same class. Matthews 1975,
/// for two classes; Gorodkin 2004, "Comparing two K-category assignments by a K-category correlation coefficient".
double matthews(Classes predicted, Classes labels);

}  // namespace heed::train
