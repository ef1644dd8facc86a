// Writing on where a prompt ends, token by token, with any model that generates.
#pragma once

#include <functional>

#include "../graph/ambient.h"
#include "../ops/sequences.h"
#include "sampling.h"

namespace heed::nn {

/// Tokens of each row of a batch; rows may be of unlike length.
using Prompts = std::vector<std::vector<std::int64_t>>;

struct GenerateOptions {
  Sampling sampling = {};      // as it stands: greedy
  std::int64_t longest = 100;  // new tokens of a row, at most
  std::int64_t end = -1;       // the token that ends a row; -1: none does
  std::int64_t context = 0;    // how many tokens to read at most, prompt and new ones together; 0: all the model can
  /// Called with each new token as soon as it is chosen, in order within a row; false stops the row.
  std::function<bool(std::int64_t row, std::int64_t token)> on_token = {};
};

struct Generated {
  std::vector<std::int64_t> tokens;  // the new ones, without the end token
  bool ended = false;                // whether the end token came
};

namespace detail {

/// How many tokens of a row can be read: no more than the model says, and than is asked for; 0: any number.
template <class Model>
std::int64_t shorter_context(const Model& model, std::int64_t context) {
  if constexpr (requires { model.context(); }) {
    const std::int64_t of_model = model.context();
    if (context == 0 || (of_model > 0 && of_model < context)) return of_model;
  }
  return context;
}

/// What generate knows between two calls of the model.
class Generation {
 public:
  Generation(const Prompts& prompts, const GenerateOptions& options, std::int64_t context);

  /// Whether there are rows left.
  bool goes_on() const { return !rows_.empty(); }
  /// The tokens that the model has not seen yet of the rows that are left.
  Tensor tokens() const;
  Sequences sequences() const;
  /// Chooses a token for each row; empty, or the rows that are left, counted among those there were: int64.
  Tensor take(const Tensor& logits);
  std::vector<Generated> results() { return std::move(results_); }

 private:
  GenerateOptions options_;
  std::int64_t context_;
  RandomStream random_;
  Prompts all_, unseen_;            // by row of the prompts
  std::vector<std::int64_t> rows_;  // those that are left
  std::vector<Generated> results_;
  std::int64_t step_ = 0;
};

}  // namespace detail

/// New tokens for each prompt. The model's `next(state, tokens, sequences)` is given the tokens that it has not seen
/// yet of each row, all of a prompt at first, and returns logits [rows, vocabulary] of what follows; `state.select`
/// then leaves the rows that have not ended. The state is a model's `begin(...)`: a language model's for so many rows,
/// an encoder-decoder's for the sources, whose prompts begin with the begin token and may force further ones.
///   auto written = nn::generate(model, model.begin(1), {prompt}, {.sampling = {.temperature = 0.8}});
/// A row ends, too, where the model can read no more: after `model.context()` tokens, if the model has that function
/// and it does not return 0.
/// Draws are the same after the same seed(), for any number of threads, and do not depend on what the other rows are.
/// Nothing is recorded; put the model into evaluation before. A logit of -infinity bans a token. Throws Error if a
/// prompt is empty, too long or has a token outside the vocabulary, if an option makes no sense, or in a step whose
/// logits are NaN, infinity, or all -infinity in a row.
template <class Model, class State>
std::vector<Generated> generate(const Model& model, State state, const Prompts& prompts,
                                const GenerateOptions& options = {}) {
  NoGrad scope;
  detail::Generation generation(prompts, options, detail::shorter_context(model, options.context));
  while (generation.goes_on()) {
    const Tensor left = generation.take(model.next(state, generation.tokens(), generation.sequences()));
    if (left) state.select(left);
  }
  return generation.results();
}

}  // namespace heed::nn
