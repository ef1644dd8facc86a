// Beam search.
#pragma once

#include "generate.h"

namespace heed::nn {

/// Options of beam_search.
struct BeamSearchOptions {
  std::int64_t beam = 4;              // beam size: unfinished hypotheses kept for each prompt
  std::int64_t best = 1;              // maximum number of hypotheses returned for each prompt
  std::int64_t max_new_tokens = 100;  // maximum number of new tokens of a hypothesis, including its end token
  std::int64_t end = -1;              // end-of-sequence token; -1: none
  std::int64_t context = 0;           // maximum number of tokens that the model reads; 0: the model's own limit
  double length_penalty = 0.6;        // 0: plain log probability; larger values favour long hypotheses
  /// If true, a prompt is done as soon as `beam` hypotheses have ended; else once no unfinished hypothesis can still be
  /// among the best.
  bool early_stopping = false;
};

/// Result of beam_search: a continuation of a prompt.
struct Hypothesis {
  std::vector<std::int64_t> tokens;  // new tokens, without the end token
  double log_probability = 0;        // of all new tokens, with the end token
  double score = 0;                  // log probability with length penalty, by which hypotheses are ranked
  bool ended = false;                // true if the end token was generated; else the maximum length was reached
};

namespace detail {

/// State of beam_search between two calls of the model.
class BeamSearch {
 public:
  BeamSearch(const Prompts& prompts, const BeamSearchOptions& options, std::int64_t context);

  bool goes_on() const { return !rows_.empty(); }
  /// Tokens of the unfinished hypotheses that the model has not read yet.
  Tensor tokens() const;
  Sequences sequences() const;
  /// Extends the hypotheses by their best continuations. Returns the previous row that each new row continues, int64
  /// [new rows]; an empty Tensor if no row is left.
  Tensor take(const Tensor& logits);
  std::vector<std::vector<Hypothesis>> results();

 private:
  /// An unfinished hypothesis.
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
  std::vector<std::int64_t> limits_;  // maximum number of new tokens, by prompt
  Prompts unseen_;                    // tokens that the model has not read yet, by row
  std::vector<Row> rows_;             // grouped by prompt, the most likely first
  std::vector<std::vector<Hypothesis>> finished_;
  std::int64_t step_ = 0;
};

}  // namespace detail

/// Beam search: returns the best hypotheses for each prompt, the best first. A hypothesis Y of |Y| new tokens,
/// including its end token, has
///   score(Y) = log P(Y) / ((5 + |Y|) / 6)^length_penalty
/// (Wu et al. 2016, arXiv:1609.08144, equation 14, without coverage). Each step keeps the `beam` most likely
/// continuations that have not ended; ties go to the better hypothesis, then to the smaller token. Model, state,
/// prompts and errors are as for generate; `state.select` must also repeat and reorder rows.
template <class Model, class State>
std::vector<std::vector<Hypothesis>> beam_search(const Model& model, State state, const Prompts& prompts,
                                                 const BeamSearchOptions& options = {}) {
  NoGrad scope;
  detail::BeamSearch search(prompts, options, detail::shorter_context(model, options.context));
  while (search.goes_on()) {
    const Tensor followed = search.take(model.decode_step(state, search.tokens(), search.sequences()));
    if (followed) state.select(followed);
  }
  return search.results();
}

}  // namespace heed::nn
