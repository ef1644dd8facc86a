// Printing of predictions.
#pragma once

#include <fmt/format.h>

#include <cstdio>

#include "classifier.h"
#include "pretrain.h"

/// Prints a line on standard output, and flushes it.
template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::print("{}\n", fmt::format(format, std::forward<Arguments>(arguments)...));
  std::fflush(stdout);
}

/// Prints the sentence, and the most likely pieces for each [MASK] in it.
void show_filled(Pretrained& model, const heed::text::WordPiece& vocabulary, const std::string& sentence);

/// Prints the line, and its most likely classes.
void show_classes(SavedClassifier& classifier, const std::string& line);

/// Fills in each line of standard input that has a [MASK], and classifies the others, until an empty line or the end.
void answer_lines(Pretrained& model, SavedClassifier& classifier, const heed::text::WordPiece& vocabulary);
