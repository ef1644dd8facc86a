// Empty sequences among others, alone, and empty batches: the results equal those of the sequences one by one.
#include <heed/heed.h>

#include <functional>

#include "catch.h"
#include "nn/difference.h"
#include "nn/positions/all_positions.h"

using namespace heed;

namespace {

using Tokens = std::vector<std::int64_t>;
using Batch = std::vector<Tokens>;

Tensor joined(const Batch& batch) {
  Tokens all;
  for (const Tokens& one : batch) all.insert(all.end(), one.begin(), one.end());
  return tensor(all);
}
Sequences sequences_of(const Batch& batch) {
  std::vector<std::int64_t> lengths;
  for (const Tokens& one : batch) lengths.push_back(std::ssize(one));
  return Sequences(std::span<const std::int64_t>(lengths));
}

const Batch none{}, one_empty{{}}, two_empty{{}, {}}, mixed{{}, {3, 1, 4}, {}, {5}, {}}, full{{2, 7}, {1, 8, 2}};

/// Calls a layer with each batch, and with each of its sequences alone: the rows must be equal, and have a gradient.
void check_batches(const std::function<Tensor(const Tensor&, const Sequences&)>& layer) {
  for (const Batch& batch : {none, one_empty, two_empty, mixed, full}) {
    const Sequences sequences = sequences_of(batch);
    const Tensor y = layer(joined(batch), sequences);
    if (y.requires_grad()) backward(sum(y));
    std::int64_t row = 0;
    for (const Tokens& one : batch) {
      const Tensor alone = layer(joined({one}), sequences_of({one}));
      REQUIRE(alone.rank() == y.rank());
      const Tensor same = slice(y, 0, row, row + alone.size(0));
      REQUIRE(alone.shape() == same.shape());
      if (alone.elements() > 0) CHECK(difference(alone, same) < 1e-5);
      row += alone.size(0);
    }
    CHECK(row == y.size(0));
  }
}

/// Generates for all sources together and for each alone: the results must be equal.
template <class Model>
void check_writing(const Model& model) {
  for (const Batch& sources : {none, one_empty, two_empty, mixed}) {
    const nn::Prompts prompts(sources.size(), {1});
    const auto begin = [&](const Batch& some) { return model.initial_state(joined(some), sequences_of(some)); };
    const nn::GenerateOptions options{.max_new_tokens = 6, .end = 0};
    const nn::BeamSearchOptions search{.beam = 3, .best = 2, .max_new_tokens = 6, .end = 0};
    const auto written = nn::generate(model, begin(sources), prompts, options);
    const auto found = nn::beam_search(model, begin(sources), prompts, search);
    REQUIRE(written.size() == sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const Batch alone{sources[i]};
      CHECK(nn::generate(model, begin(alone), {{1}}, options)[0].tokens == written[i].tokens);
      const auto of_one = nn::beam_search(model, begin(alone), {{1}}, search)[0];
      REQUIRE(of_one.size() == found[i].size());
      for (std::size_t k = 0; k < of_one.size(); ++k) CHECK(of_one[k].score == Approx(found[i][k].score).epsilon(1e-4));
    }
    // Decoding steps equal one pass.
    nn::generate(model, begin(sources), nn::Prompts(sources.size(), {1, 3}), options);
    const Batch targets(sources.size(), {1, 3});
    auto state = begin(sources);
    const Tensor whole = model(joined(sources), sequences_of(sources), joined(targets), sequences_of(targets));
    NoGrad scope;
    const auto one_each = Sequences::equal(std::ssize(sources), 1);
    for (std::int64_t step = 0; step < 2; ++step) {
      const Tensor next = model.decode_step(state, tensor(Tokens(sources.size(), step == 0 ? 1 : 3)), one_each);
      if (sources.empty()) continue;
      const Tensor of_step = select(reshape(whole, {std::ssize(sources), 2, whole.size(1)}), 1, step);
      CHECK(difference(next, of_step) < 1e-4);
    }
  }
}

}  // namespace

TEST_CASE("layers and encoders of empty sequences", "[nn]") {
  seed(1);
  const nn::Embedding embedding{.count = 9, .width = 8};
  const auto of_vectors = [&](auto layer) {
    if constexpr (nn::fields::Layer<decltype(layer)>) nn::eval(layer);
    check_batches(
        [&](const Tensor& tokens, const Sequences& sequences) { return layer(embedding(tokens), sequences); });
  };
  for (const KindOfPosition& positions : all_positions()) {
    INFO(positions.name);
    const SmallModels models{positions};
    of_vectors(models.attention());
    of_vectors(SmallModels{positions, 2}.encoder());
    auto model = models.language_model();
    nn::eval(model);
    check_batches([&](const Tensor& tokens, const Sequences& sequences) { return model(tokens, sequences); });
  }
  of_vectors(nn::Gru{.in = 8, .width = 4, .depth = 2, .bidirectional = true});
  of_vectors(nn::Lstm{.in = 8, .width = 4, .depth = 2, .bidirectional = true});
  of_vectors(nn::WithRegisters{.width = 8, .layers = SmallModels{all_positions()[0]}.encoder()});
  of_vectors([](const Tensor& x, const Sequences& sequences) { return nn::mean_rows(x, sequences); });
  const nn::MixtureOfExperts<> experts{.width = 8, .count = 3};
  of_vectors([&](const Tensor& x, const Sequences&) { return experts(x); });

  auto bert = nn::BertForSequenceClassification{
      .classes = 3,
      .pooling = nn::Pooling::mean,
      .bert = nn::bert({.vocabulary = 9, .width = 8, .heads = 2, .depth = 1, .max_length = 6})};
  nn::eval(bert);
  check_batches([&](const Tensor& tokens, const Sequences& sequences) { return bert(tokens, {}, sequences); });
  bert.pooling = nn::Pooling::first;
  for (const Batch& batch : {one_empty, two_empty, mixed})
    CHECK_THROWS_WITH(bert(joined(batch), {}, sequences_of(batch)),
                      Catch::Matchers::Contains("first_tokens: sequence 0 of "));
  CHECK(bert(joined(none), {}, sequences_of(none)).shape() == Shape{0, 3});
}

TEST_CASE("empty sources and targets of encoder-decoders", "[nn]") {
  seed(2);
  for (const KindOfPosition& positions : all_positions()) {
    INFO(positions.name);
    auto model = SmallModels{positions, 2, 9}.translator();
    nn::eval(model);
    check_writing(model);
    check_batches(
        [&](const Tensor& tokens, const Sequences& sequences) { return model(tokens, sequences, tokens, sequences); });
  }
  const auto check_recurrent = [](auto model) {
    nn::eval(model);
    check_writing(model);
    check_batches(
        [&](const Tensor& tokens, const Sequences& sequences) { return model(tokens, sequences, tokens, sequences); });
  };
  for (const bool feeds : {false, true}) {
    check_recurrent(nn::RecurrentEncoderDecoder<>{
        .source_vocabulary = 9, .target_vocabulary = 9, .width = 8, .input_feeding = feeds});
    check_recurrent(nn::RecurrentEncoderDecoder<nn::AdditiveAttention, nn::LstmUnit>{
        .source_vocabulary = 9, .target_vocabulary = 9, .width = 8, .depth = 2, .input_feeding = feeds});
    check_recurrent(nn::RecurrentEncoderDecoder<nn::DotAttention>{
        .source_vocabulary = 9, .target_vocabulary = 9, .width = 8, .input_feeding = feeds});
    check_recurrent(nn::RecurrentEncoderDecoder<nn::GeneralAttention>{
        .source_vocabulary = 9, .target_vocabulary = 9, .width = 8, .input_feeding = feeds});
  }
}

TEST_CASE("losses and scores of empty batches", "[nn]") {
  const Tensor labels = tensor(Tokens{}), ignored = tensor(Tokens{-100});
  CHECK(cross_entropy(zeros({0, 4}), labels).item() == 0);
  CHECK(cross_entropy(zeros({1, 4}), ignored).item() == 0);
  CHECK(linear_cross_entropy(zeros({0, 4}), zeros({3, 4}), {}, labels).item() == 0);
  CHECK(linear_cross_entropy(zeros({1, 4}), zeros({3, 4}), {}, ignored).item() == 0);
  const auto model = nn::gpt({.vocabulary = 9, .width = 8, .heads = 2, .depth = 1});
  const Tensor loss = model.loss(labels, labels, Sequences{0, 0});
  CHECK(loss.item() == 0);
  backward(loss);
  for (const auto& [path, parameter] : nn::named_parameters(model))
    if (parameter.grad()) CHECK(sum(abs(parameter.grad())).item() == 0);
  CHECK(nn::generate(model, model.initial_state(0), {}).empty());
  CHECK(nn::beam_search(model, model.initial_state(0), {}).empty());
}
