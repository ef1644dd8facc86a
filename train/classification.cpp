#include "classification.h"

#include <cmath>
#include <map>

#include "../graph/fail.h"

namespace heed::train {
namespace {

struct Counts {
  double correct = 0, predicted = 0, labelled = 0;
};

std::map<std::int64_t, Counts> count_classes(const char* who, Classes predicted, Classes labels) {
  if (predicted.size() != labels.size())
    fail("{}: there are {} predictions and {} labels, but their numbers must be equal", who, predicted.size(),
         labels.size());
  for (const Classes all : {predicted, labels})
    for (const std::int64_t one : all)
      if (one < 0) fail("{}: there is a class {}, but classes must not be negative", who, one);
  std::map<std::int64_t, Counts> classes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    ++classes[predicted[i]].predicted;
    ++classes[labels[i]].labelled;
    if (predicted[i] == labels[i]) ++classes[labels[i]].correct;
  }
  return classes;
}

double quotient(double a, double b) { return b == 0 ? 0 : a / b; }

F1 f1_of(const Counts& counts) {
  return {quotient(counts.correct, counts.predicted), quotient(counts.correct, counts.labelled),
          quotient(2 * counts.correct, counts.predicted + counts.labelled)};
}

}  // namespace

double accuracy(Classes predicted, Classes labels) {
  double correct = 0;
  for (const auto& [number, counts] : count_classes("accuracy", predicted, labels)) correct += counts.correct;
  return quotient(correct, static_cast<double>(labels.size()));
}

F1 f1(Classes predicted, Classes labels, std::int64_t of_class) {
  return f1_of(count_classes("f1", predicted, labels)[of_class]);
}

double macro_f1(Classes predicted, Classes labels) {
  const auto classes = count_classes("macro_f1", predicted, labels);
  double sum = 0;
  for (const auto& [number, counts] : classes) sum += f1_of(counts).f1;
  return quotient(sum, static_cast<double>(classes.size()));
}

double micro_f1(Classes predicted, Classes labels) {
  Counts all;
  for (const auto& [number, counts] : count_classes("micro_f1", predicted, labels)) {
    all.correct += counts.correct;
    all.predicted += counts.predicted;
    all.labelled += counts.labelled;
  }
  return f1_of(all).f1;
}

double matthews(Classes predicted, Classes labels) {
  double correct = 0, products = 0, predicted_squares = 0, labelled_squares = 0;
  for (const auto& [number, counts] : count_classes("matthews", predicted, labels)) {
    correct += counts.correct;
    products += counts.predicted * counts.labelled;
    predicted_squares += counts.predicted * counts.predicted;
    labelled_squares += counts.labelled * counts.labelled;
  }
  const auto n = static_cast<double>(labels.size());
  return quotient(correct * n - products, std::sqrt(n * n - predicted_squares) * std::sqrt(n * n - labelled_squares));
}

}  // namespace heed::train
