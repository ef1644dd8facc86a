// Translation of lines of text.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "translator.h"

struct TranslatingOptions {
  std::int64_t beam = 4;      // beam size
  double length_penalty = 1;  // see nn::BeamSearchOptions
};

/// Translation, as text and as pieces.
struct Translation {
  std::string text;
  heed::text::Tokens pieces;
};

/// Encodes a line. Throws Error if it is too long for the model.
heed::text::Tokens encode_line(const Translator& translator, const std::string& line);

/// Translates all lines, in batches of similar lengths. An empty line stays empty. Throws Error for a line that is too
/// long, or options that are out of range.
std::vector<Translation> translate(const Translator& translator, const std::vector<std::string>& lines,
                                   const TranslatingOptions& options = {});

/// Translates standard input line by line. Throws Error, which names the line, if one cannot be translated; on a
/// terminal the error is printed, and reading continues.
void translate_input(const Translator& translator, const TranslatingOptions& options = {});
