// The most likely continuations of a prompt, several at a time.
#pragma once

#include "generate.h"

namespace heed::nn {

struct BeamSearchOptions {
  std::int64_t beam = 4;        // hypotheses that are followed for each prompt
  std::int64_t best = 1;        // hypotheses that are returned for each prompt, at most
  std::int64_t longest = 100;   // new tokens of a hypothesis, at most, its end token included
  std::int64_t end = -1;        // the token that ends a hypothesis; -1: none does
  std::int64_t context = 0;     // how many tokens to read at most; 0: all the model can
  double length_penalty = 0.6;  // 0: plain log probability; larger values favour long ones
  /// Whether a prompt is done as soon as `beam` hypotheses have ended; else only once none that is followed could come
  /// among the best.
  bool early_stopping = false;
};

struct Hypothesis {
  std::vector<std::int64_t> tokens;  // the new ones, without the end token
  double log_probability = 0;        // of all of them, with the end token
  double score = 0;                  // what the hypotheses are ranked by
  bool ended = false;                // whether the end token came; else it reached the longest length
};

namespace detail {

/// What beam_search knows between two calls of the model.
class BeamSearch {
 public:
  BeamSearch(const Prompts& prompts, const BeamSearchOptions& options, std::int64_t context);

  bool goes_on() const { return !rows_.empty(); }
  /// The tokens that the model has not seen yet of the hypotheses that are followed.
  Tensor tokens() const;
  Sequences sequences() const;
  /// Follows the best continuations; the row that each continues, counted among those there were: int64. Empty if none
  /// is left.
  Tensor take(const Tensor& logits);
  std::vector<std::vector<Hypothesis>> results();

 private:
  /// One that is followed.
  struct Row {
    std::size_t prompt;
    std::vector<std::int64_t> tokens;
    double log_probability;
  };
  struct Candidate {
    std::size_t row;
    std::int64_t token;
    double log_probability;
  };

  double score(double log_probability, std::int64_t tokens) const;
  std::vector<std::vector<Candidate>> candidates(const Tensor& logits) const;
  void finish(std::size_t prompt, Hypothesis hypothesis);
  bool is_done(std::size_t prompt, double best_followed) const;

  BeamSearchOptions options_;
  std::vector<std::int64_t> limits_;  // new tokens, by prompt
  Prompts unseen_;                    // by row
  std::vector<Row> rows_;             // those of one prompt side by side, the most likely first
  std::vector<std::vector<Hypothesis>> finished_;
  std::int64_t step_ = 0;
};

}  // namespace detail

/// The best hypotheses for each prompt, the best first. A hypothesis Y of |Y| new tokens, its end token included, has
///   score(Y) = log P(Y) / ((5 + |Y|) / 6)^length_penalty
/// (Wu et al. 2016, arXiv:1609.08144, equation 14, without coverage). At each step the `beam` most likely continuations
/// that have not ended are followed; of equally likely ones the one of the better hypothesis, then that of the smaller
/// token. Model, state and prompts are as for generate, and so are the errors; `state.select` repeats and reorders
/// rows, too.
template <class Model, class State>
std::vector<std::vector<Hypothesis>> beam_search(const Model& model, State state, const Prompts& prompts,
                                                 const BeamSearchOptions& options = {}) {
  NoGrad scope;
  detail::BeamSearch search(prompts, options, detail::shorter_context(model, options.context));
  while (search.goes_on()) {
    const Tensor followed = search.take(model.next(state, search.tokens(), search.sequences()));
    if (followed) state.select(followed);
  }
  return search.results();
}

}  // namespace heed::nn
