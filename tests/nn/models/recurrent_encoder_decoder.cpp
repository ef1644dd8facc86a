#include <heed/heed.h>

#include <cmath>

#include "catch.h"
#include "nn/layers/layers_check.h"
#include "small_models.h"

using namespace heed;

namespace {

const Sequences sources{4, 1, 3, 6}, targets{3, 5, 1, 5};

Tensor random_tokens(const Sequences& sequences) { return cast(uniform({sequences.tokens()}, 0, 9), int64); }

void require_close(const Tensor& a, const Tensor& b, double tolerance) {
  REQUIRE(to_string(a.shape()) == to_string(b.shape()));
  const auto x = cast(a, float64).to_vector<double>(), y = cast(b, float64).to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!(std::abs(x[i] - y[i]) <= tolerance)) FAIL(x[i] << " is not " << y[i] << " at " << i);
}

/// Decodes the tokens in several chunks, with the unfinished rows in changing order: the logits must equal those of the
/// full pass.
template <class Model>
void decode_by_chunks(const Model& given, DType dtype, double tolerance) {
  NoGrad scope;
  Model model = nn::to(given, dtype);
  nn::eval(model);
  const Tensor source = random_tokens(sources), target = random_tokens(targets);
  const Tensor whole = model(source, sources, target, targets);
  auto state = model.initial_state(source, sources);
  std::vector<std::int64_t> rows{0, 1, 2, 3}, done(4);
  while (true) {
    // Finished rows are removed, the others are reversed.
    std::vector<std::int64_t> kept, kept_rows;
    for (std::size_t i = rows.size(); i-- > 0;) {
      if (done[static_cast<std::size_t>(rows[i])] == targets.length(rows[i])) continue;
      kept.push_back(static_cast<std::int64_t>(i));
      kept_rows.push_back(rows[i]);
    }
    if (kept.empty()) break;
    state.select(tensor(kept));
    rows = kept_rows;
    std::vector<std::int64_t> lengths, tokens, last;
    for (const std::int64_t row : rows) {
      std::int64_t& at = done[static_cast<std::size_t>(row)];
      lengths.push_back(std::min<std::int64_t>(1 + (row + at) % 2, targets.length(row) - at));
      for (std::int64_t i = 0; i < lengths.back(); ++i) tokens.push_back(targets.offset(row) + at + i);
      at += lengths.back();
      last.push_back(targets.offset(row) + at - 1);
    }
    const Tensor logits = model.decode_step(state, gather_rows(target, tensor(tokens)),
                                            Sequences{std::span<const std::int64_t>(lengths)});
    require_close(logits, gather_rows(whole, tensor(last)), tolerance);
  }
}

template <class Model>
void check_decoding(const Model& model) {
  decode_by_chunks(model, float32, 1e-5);
  decode_by_chunks(model, float64, 1e-12);
}

}  // namespace

TEST_CASE("recurrent decoding step by step equals the full pass", "[nn]") {
  seed(1);
  for (const bool feeding : {false, true}) {
    check_decoding(nn::RecurrentEncoderDecoder<>{
        .source_vocabulary = 9, .target_vocabulary = 9, .width = 8, .depth = 2, .input_feeding = feeding});
    check_decoding(nn::RecurrentEncoderDecoder<nn::AdditiveAttention, nn::LstmUnit>{
        .source_vocabulary = 9, .target_vocabulary = 9, .width = 8, .depth = 2, .input_feeding = feeding});
    check_decoding(nn::RecurrentEncoderDecoder<nn::GeneralAttention>{
        .source_vocabulary = 9, .target_vocabulary = 9, .width = 6, .dropout = 0.5f, .input_feeding = feeding});
  }
  check_decoding(nn::RecurrentEncoderDecoder<nn::DotAttention>{
      .source_vocabulary = 9, .target_vocabulary = 9, .width = 8, .input_feeding = true});
}

TEST_CASE("recurrent encoder-decoders pass nn::check", "[nn]") {
  seed(2);
  const Sequences source{3, 2}, target{2, 3};
  const Tensor x = random_tokens(source), y = random_tokens(target);
  const nn::RecurrentEncoderDecoder<> plain{.source_vocabulary = 9, .target_vocabulary = 9, .width = 4};
  CHECK_LAYER(small::TargetFirst{plain}, y, x, target, source);
  const nn::RecurrentEncoderDecoder<nn::ConcatAttention> attending{
      .source_vocabulary = 9, .target_vocabulary = 9, .width = 4, .dropout = 0.2f};
  CHECK_LAYER(small::TargetFirst{attending}, y, x, target, source);
  const nn::RecurrentEncoderDecoder<nn::AdditiveAttention, nn::LstmUnit> feeding{
      .source_vocabulary = 9, .target_vocabulary = 9, .width = 4, .input_feeding = true};
  CHECK_LAYER(small::TargetFirst{feeding}, y, x, target, source);
}

TEST_CASE("generation and beam search with a recurrent encoder-decoder", "[nn]") {
  seed(4);
  nn::RecurrentEncoderDecoder<nn::GeneralAttention> model{.source_vocabulary = 9, .target_vocabulary = 9, .width = 8};
  nn::eval(model);
  const Tensor source = random_tokens(sources);
  const nn::Prompts prompts{{1}, {1, 3}, {1}, {1, 2, 5}};  // two with a forced prefix
  const auto written =
      nn::generate(model, model.initial_state(source, sources), prompts, {.max_new_tokens = 6, .end = 0});
  const auto found =
      nn::beam_search(model, model.initial_state(source, sources), prompts, {.beam = 1, .max_new_tokens = 6, .end = 0});
  for (std::size_t row = 0; row < prompts.size(); ++row) CHECK(found[row].at(0).tokens == written[row].tokens);
  // Greedy choice by the full pass over the generated text.
  std::vector<std::int64_t> lengths, tokens, begin;
  for (std::size_t row = 0; row < prompts.size(); ++row) {
    begin.push_back(std::ssize(tokens) + std::ssize(prompts[row]) - 1);
    tokens.insert(tokens.end(), prompts[row].begin(), prompts[row].end());
    tokens.insert(tokens.end(), written[row].tokens.begin(), written[row].tokens.end());
    lengths.push_back(std::ssize(prompts[row]) + std::ssize(written[row].tokens));
  }
  const Tensor best =
      argmax(model(source, sources, tensor(tokens), Sequences{std::span<const std::int64_t>(lengths)}), 1);
  for (std::size_t row = 0; row < prompts.size(); ++row)
    for (std::size_t i = 0; i < written[row].tokens.size(); ++i)
      CHECK(best.data<std::int64_t>()[static_cast<std::size_t>(begin[row]) + i] == written[row].tokens[i]);
}

TEST_CASE("the loss of a recurrent encoder-decoder is the cross-entropy of its logits", "[nn]") {
  seed(3);
  const nn::RecurrentEncoderDecoder<nn::GeneralAttention> model{
      .source_vocabulary = 9, .target_vocabulary = 9, .width = 8};
  const Tensor source = random_tokens(sources), target = random_tokens(targets), labels = random_tokens(targets);
  const Tensor logits = model(source, sources, target, targets);
  CHECK(model.loss(source, sources, target, labels, targets, 0.1).item() ==
        Approx(cross_entropy(logits, labels, {.label_smoothing = 0.1}).item()).epsilon(1e-5));
}

TEST_CASE("a recurrent encoder-decoder refuses invalid arguments", "[nn]") {
  using Catch::Matchers::Contains;
  const nn::RecurrentEncoderDecoder<nn::DotAttention> model{.source_vocabulary = 9, .target_vocabulary = 9, .width = 8};
  auto state = model.initial_state(zeros({4}, int64), {3, 1});
  CHECK_THROWS_WITH(model.decode_step(state, zeros({1}, int64), {1, 0}),
                    Contains("row 1 has no new token, but each must have one or more"));
  CHECK_THROWS_WITH(model.decode_step(state, zeros({1}, int64), {1}),
                    Contains("there are 1 sequences of new tokens, but 2 of the source"));
  CHECK_THROWS_WITH(model.decode_step(state, zeros({1}, int64), {1, 1}),
                    Contains("tokens are [1], but their sequences have 2"));
  CHECK_THROWS_WITH(state.select(tensor<std::int64_t>({2})), "select: row 2 was asked for, but there are 2");
  const nn::RecurrentEncoderDecoder<> odd{.source_vocabulary = 9, .target_vocabulary = 9, .width = 7};
  CHECK_THROWS_WITH(odd.initial_state(zeros({1}, int64), {1}), Contains("width must be even"));
}
