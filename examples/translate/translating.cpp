#include "translating.h"

#include <heed/graph/fail.h>
#include <heed/io/files.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <numeric>

#include "say.h"

using namespace heed;

namespace {

constexpr std::int64_t tokens_at_once = 2048;  // source tokens of a batch

/// Translates sources, none of which is empty.
std::vector<text::Tokens> translate_batch(const Translator& translator, const std::vector<text::Tokens>& sources,
                                          const TranslatingOptions& options) {
  NoGrad scope;
  const text::SourceBatch batch = text::source_batch(sources);
  const nn::Prompts begins(sources.size(), {text::BytePairEncoding::begin_token()});
  const nn::BeamSearchOptions search{.beam = options.beam,
                                     .max_new_tokens = 2 * batch.sequences.max_length() + 10,
                                     .end = text::BytePairEncoding::end_token(),
                                     .length_penalty = options.length_penalty};
  const auto found = std::visit(
      [&](const auto& model) {
        return nn::beam_search(model, model.initial_state(batch.tokens, batch.sequences), begins, search);
      },
      translator.model);
  std::vector<text::Tokens> targets;
  for (const auto& hypotheses : found) {
    const auto& tokens = hypotheses.front().tokens;
    targets.emplace_back(tokens.begin(), tokens.end());
  }
  return targets;
}

std::string characters_unknown_to(const Translator& translator, const std::string& line) {
  const text::Tokens pieces = translator.encode(line);
  const auto unknown = std::ranges::count(pieces, text::BytePairEncoding::unknown());
  return unknown == 0 ? "" : fmt::format("{} of its characters the model has never seen, and reads as <unk>", unknown);
}

}  // namespace

text::Tokens encode_line(const Translator& translator, const std::string& line) {
  text::Tokens pieces = translator.encode(line);
  if (std::ssize(pieces) > translator.longest)
    fail("a sentence of {} pieces is too long: the model has learned from sentences of at most {}", pieces.size(),
         translator.longest);
  return pieces;
}

std::vector<Translation> translate(const Translator& translator, const std::vector<std::string>& lines,
                                   const TranslatingOptions& options) {
  std::vector<text::Tokens> sources;
  for (const std::string& line : lines) sources.push_back(encode_line(translator, line));
  std::vector<std::size_t> order(lines.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair{sources[i].size(), i}; });

  std::vector<Translation> translations(lines.size());
  for (auto next = std::ranges::find_if(order, [&](std::size_t i) { return !sources[i].empty(); });
       next != order.end();) {
    std::vector<text::Tokens> batch;
    const auto first = next;
    for (std::int64_t tokens = 0; next != order.end() && tokens < tokens_at_once; ++next) {
      batch.push_back(sources[*next]);
      tokens += std::ssize(batch.back()) + 1;
    }
    std::vector<text::Tokens> targets = translate_batch(translator, batch, options);
    for (auto i = first; i != next; ++i) {
      text::Tokens& pieces = targets[static_cast<std::size_t>(i - first)];
      translations[*i] = {translator.decode(pieces), pieces};
    }
  }
  return translations;
}

void translate_input(const Translator& translator, const TranslatingOptions& options) {
  const bool on_terminal = isatty(STDIN_FILENO) != 0;
  std::int64_t number = 0;
  for (std::string line; std::getline(std::cin, line);) {
    if (++number == 1 && line.starts_with(io::byte_order_mark)) line.erase(0, io::byte_order_mark.size());
    if (on_terminal && line.empty()) return;
    try {
      const std::string translation = translate(translator, {line}, options).front().text;
      if (const std::string unknown = characters_unknown_to(translator, line); !unknown.empty())
        fmt::print(stderr, "line {}: {}\n", number, unknown);
      say("{}", translation);
    } catch (const Error& error) {
      if (!on_terminal) fail("line {}: {}", number, error.what());
      say("{}", error.what());
    }
  }
}
