#include "writing.h"

using namespace heed;

void write(const Model& model, const text::ByteLevelEncoding& encoding, const std::string& prompt,
           const Writing& writing, const std::function<bool(const std::string& piece)>& take) {
  const text::Tokens read = encoding.encode(prompt.empty() ? "\n" : prompt);
  std::vector<std::int64_t> tokens(read.begin(), read.end());
  bool goes_on = true;
  for (std::int64_t left = writing.pieces; left > 0 && goes_on;) {
    const std::int64_t kept = std::min(std::ssize(tokens), std::max<std::int64_t>(writing.context / 2, 1));
    const nn::GenerateOptions options{.sampling = writing.sampling,
                                      .max_new_tokens = left,
                                      .context = writing.context,
                                      .on_token = [&](std::int64_t, std::int64_t token) {
                                        tokens.push_back(token);
                                        return goes_on = take(encoding.piece(token));
                                      }};
    left -= std::ssize(
        nn::generate(model, model.initial_state(1), {{tokens.end() - kept, tokens.end()}}, options)[0].tokens);
  }
}
