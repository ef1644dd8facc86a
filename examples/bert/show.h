// What the models say, for a person.
#pragma once

#include <fmt/format.h>

#include <cstdio>

#include "classifier.h"
#include "pretrain.h"

/// A line on standard output, at once.
template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::print("{}\n", fmt::format(format, std::forward<Arguments>(arguments)...));
  std::fflush(stdout);
}

/// The sentence, and the likeliest pieces for each [MASK] in it.
void show_filled(Pretrained& model, const heed::text::WordPiece& vocabulary, const std::string& sentence);

/// The line, and its likeliest classes.
void show_classes(SavedClassifier& classifier, const std::string& line);

/// Answers each line of standard input, to an empty one or the end: fills in what has a [MASK], classifies what has
/// none.
void answer_lines(Pretrained& model, SavedClassifier& classifier, const heed::text::WordPiece& vocabulary);
