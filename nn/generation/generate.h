// Autoregressive text generation with any model that has a decode step.
#pragma once

#include <functional>

#include "../../graph/ambient.h"
#include "../../ops/sequences/sequences.h"
#include "sampling.h"

namespace heed::nn {

/// Tokens of each row of a batch; the lengths of rows may differ.
using Prompts = std::vector<std::vector<std::int64_t>>;

/// Options of generate.
struct GenerateOptions {
  Sampling sampling = {};             // default: greedy
  std::int64_t max_new_tokens = 100;  // maximum number of new tokens of a row
  std::int64_t end = -1;              // end-of-sequence token; -1: none
  std::int64_t context = 0;  // maximum number of tokens, prompt and new ones together; 0: the model's own limit
  /// Called with each new token as soon as it is chosen, in order within a row; false stops the row.
  std::function<bool(std::int64_t row, std::int64_t token)> on_token = {};
};

/// Result of generate for a prompt.
struct Generated {
  std::vector<std::int64_t> tokens;  // new tokens, without the end token
  bool ended = false;                // true if the end token was generated
};

namespace detail {

/// Returns the smaller of the model's context length and the requested one, where 0 means unlimited.
template <class Model>
std::int64_t shorter_context(const Model& model, std::int64_t context) {
  if constexpr (requires { model.context(); }) {
    const std::int64_t of_model = model.context();
    if (context == 0 || (of_model > 0 && of_model < context)) return of_model;
  }
  return context;
}

/// State of generate between two calls of the model.
class Generation {
 public:
  Generation(const Prompts& prompts, const GenerateOptions& options, std::int64_t context);

  /// Returns true if there are unfinished rows.
  bool goes_on() const { return !rows_.empty(); }
  /// Tokens of the unfinished rows that the model has not read yet.
  Tensor tokens() const;
  Sequences sequences() const;
  /// Chooses a token for each row. If rows have finished, returns the indices of the others, int64; else an empty
  /// Tensor.
  Tensor take(const Tensor& logits);
  std::vector<Generated> results() { return std::move(results_); }

 private:
  GenerateOptions options_;
  std::int64_t context_;
  RandomStream random_;
  Prompts all_, unseen_;            // by prompt: all tokens, and those that the model has not read yet
  std::vector<std::int64_t> rows_;  // unfinished prompts
  std::vector<Generated> results_;
  std::int64_t step_ = 0;
};

}  // namespace detail

/// Generates a continuation of each prompt. The model's `decode_step(state, tokens, sequences)` gets the tokens of each
/// row that it has not read yet, the whole prompt in the first step, and returns the logits of the next token, [rows,
/// vocabulary]; `state.select` then keeps the unfinished rows. The initial state is the model's `initial_state(...)`:
/// of a language model for a number of rows, of an encoder-decoder for the sources, whose prompts start with the
/// begin-of-sequence token and may force further tokens.
///   auto written = nn::generate(model, model.initial_state(1), {prompt}, {.sampling = {.temperature = 0.8}});
/// A row also ends at the model's maximum length, `model.context()` tokens, if the model has that function and it does
/// not return 0.
/// Samples are reproducible after the same seed(), for any number of threads, and independent of the other rows. No
/// graph is recorded; the model should be in evaluation mode. A logit of -infinity bans a token. Throws Error if a
/// prompt is empty, too long or has a token outside the vocabulary, if an option is out of range, or if a step's logits
/// are NaN, infinity, or all -infinity in a row.
template <class Model, class State>
std::vector<Generated> generate(const Model& model, State state, const Prompts& prompts,
                                const GenerateOptions& options = {}) {
  NoGrad scope;
  detail::Generation generation(prompts, options, detail::shorter_context(model, options.context));
  while (generation.goes_on()) {
    const Tensor left = generation.take(model.decode_step(state, generation.tokens(), generation.sequences()));
    if (left) state.select(left);
  }
  return generation.results();
}

}  // namespace heed::nn
