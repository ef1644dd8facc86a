#include "show.h"

#include <algorithm>
#include <iostream>
#include <numeric>

#include "fill.h"

using namespace heed;

namespace {
constexpr std::size_t answers = 3;
}

void show_filled(Pretrained& model, const text::WordPiece& vocabulary, const std::string& sentence) {
  say("{}", sentence);
  for (const auto& guesses : fill_masks(model, vocabulary, sentence, answers)) {
    std::string line = "   ";
    for (const Guess& guess : guesses) line += fmt::format(" {} {:.2f} ", guess.piece, guess.probability);
    say("{}", line);
  }
}

void show_classes(SavedClassifier& classifier, const std::string& line) {
  const Examples examples =
      encode({line}, {}, classifier.vocabulary, classifier.model.bert.position_embedding.max_length);
  const auto probabilities = class_probabilities(classifier.model, examples.tokens).to_vector<float>();
  std::vector<std::size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, std::greater{}, [&](std::size_t i) { return probabilities[i]; });
  std::string said = "   ";
  for (std::size_t i = 0; i < std::min(answers, order.size()); ++i)
    said += fmt::format(" {} {:.2f} ", classifier.labels[order[i]], probabilities[order[i]]);
  say("{}\n{}", line, said);
}

void answer_lines(Pretrained& model, SavedClassifier& classifier, const text::WordPiece& vocabulary) {
  for (std::string line; std::getline(std::cin, line) && !line.empty();) try {
      if (line.find("[MASK]") != std::string::npos)
        show_filled(model, vocabulary, line);
      else
        show_classes(classifier, line);
    } catch (const Error& error) {
      say("{}", error.what());
    }
}
