// Lines of text through a model.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "translator.h"

struct TranslatingOptions {
  std::int64_t beam = 4;      // hypotheses that are followed for each line
  double length_penalty = 1;  // see nn::BeamSearchOptions
};

/// A translation, as text and as the pieces it was written in.
struct Translation {
  std::string text;
  heed::text::Tokens pieces;
};

/// The pieces of a line. Throws Error if there are more than the model may be given.
heed::text::Tokens encode_line(const Translator& translator, const std::string& line);

/// Translates all of the lines, lines of like length together. An empty line stays empty. Throws Error for a line that
/// is too long, or options that make no sense.
std::vector<Translation> translate(const Translator& translator, const std::vector<std::string>& lines,
                                   const TranslatingOptions& options = {});

/// Translates what stands on standard input, line by line. A line that cannot be translated is an Error that names it;
/// on a terminal it is told, and the next one is asked for.
void translate_input(const Translator& translator, const TranslatingOptions& options = {});
