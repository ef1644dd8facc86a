#include <heed/heed.h>

#include "catch.h"
#include "nn/layers/parts.h"

using namespace heed;
using nn::Linear, nn::Pass;

namespace {

// User-defined attentions: with positions chosen at run time, composed of ops, and to a memory.

struct Attention {
  Size width, heads;
  parts::Positions positions = nn::NoPositions{};
  Linear query = Linear{.in = width, .out = width}, key = Linear{.in = width, .out = width},
         value = Linear{.in = width, .out = width};

  Tensor operator()(const Tensor& x, const Pass& pass) const {
    nn::AttentionInputs inputs{nn::split_heads(query(x), heads), nn::split_heads(key(x), heads),
                               nn::split_heads(value(x), heads), pass.options};
    positions(inputs, pass, *this);
    const Tensor y = pass.attend(inputs.query, inputs.key, inputs.value, inputs.options);
    return nn::join_heads(y);
  }
};

struct CausalMean {  // y[i] is the mean of x[0..i] of its sequence, by a product with a composed matrix
  Size width;
  Linear value = Linear{.in = width, .out = width};

  Tensor operator()(const Tensor& x, const Pass& pass) const {
    const auto [all, sequences] = pass.with_past(value(x));
    const Tensor rows = sequence_ids(sequences), own = sequence_ids(pass.sequences);
    const Tensor same = equal(unsqueeze(own, 1), unsqueeze(rows, 0));
    const Tensor before = greater_equal(unsqueeze(pass.positions, 1), unsqueeze(sequences.positions(), 0));
    const Tensor seen = cast(logical_and(same, before), all.dtype());
    return matmul(seen, all) / sum(seen, {1}, true);
  }
};

struct CrossAttention {
  Size width, heads, memory_width;
  Linear query = Linear{.in = width, .out = width}, key = Linear{.in = memory_width, .out = width},
         value = Linear{.in = memory_width, .out = width};

  Tensor operator()(const Tensor& x, const Pass& pass) const {
    const Tensor y = pass.attend_memory(nn::split_heads(query(x), heads), [&](const Tensor& states) {
      return std::pair(nn::split_heads(key(states), heads), nn::split_heads(value(states), heads));
    });
    return nn::join_heads(y);
  }
};

struct Gru {
  Size width;
  nn::GruUnit unit = nn::GruUnit{.in = width, .width = width};

  Tensor operator()(const Tensor& x, const Pass& pass) const {
    auto* state = pass.state<nn::RowState>([&] { return nn::RowState{zeros({pass.sequences.count(), width})}; });
    const auto run = unit.run(x, pass.sequences, Direction::forward, {state ? state->value : Tensor{}, {}});
    if (state) state->value = run.last.hidden;
    return run.y;
  }
};

struct Tower {
  Size width;
  Attention attention = Attention{.width = width, .heads = 2};
  CrossAttention cross = CrossAttention{.width = width, .heads = 2, .memory_width = 6};
  nn::OneOf<Gru, CausalMean> mixer = [this] { return Gru{.width = width}; }();

  Tensor operator()(const Tensor& x, const Pass& pass) const {
    Tensor y = x + attention(x, pass);
    y = y + attention(y, pass);  // the same weights a second time, with a separate slot
    y = y + cross(y, pass);
    return y + mixer(y, pass);
  }
};

void holds(const nn::CheckReport& report, std::string_view property) {
  INFO(report.text());
  CHECK(report);
  CHECK(std::find(report.passed.begin(), report.passed.end(), property) != report.passed.end());
}

Tensor next_row(nn::DecodingCache& cache, const Tower& tower, const Tensor& x, const Sequences& sequences) {
  return nn::run_decoding_step(cache, sequences, {.mask = causal()}, [&](const Pass& pass) { return tower(x, pass); });
}

}  // namespace

TEST_CASE("the same code computes a whole pass, decoding steps and recomputation", "[nn]") {
  seed(1);
  const Pass pass(Sequences{3, 1, 5}, {.mask = causal()});
  const std::string steps = "step by step it gives the rows of the whole pass";
  for (const parts::Positions& positions : parts::attention_positions()) {
    CAPTURE(positions.variant().index());
    holds(nn::check(Attention{.width = 8, .heads = 2, .positions = positions}, normal({9, 8}), pass), steps);
  }
  holds(nn::check(CausalMean{.width = 8}, normal({9, 8}), pass), steps);
  holds(nn::check(Gru{.width = 8}, normal({9, 8}), pass), steps);
  const Pass with_memory(Sequences{3, 1, 5}, {.mask = causal()}, nn::Memory{normal({7, 6}), Sequences{2, 4, 1}});
  holds(nn::check(CrossAttention{.width = 8, .heads = 2, .memory_width = 6}, normal({9, 8}), with_memory), steps);
  holds(nn::check(Tower{.width = 8}, normal({9, 8}), with_memory), steps);
  holds(nn::check(Tower{.width = 8, .mixer = CausalMean{.width = 8}}, normal({9, 8}), with_memory), steps);
}

TEST_CASE("nn::check finds that a layer that reads later tokens cannot be used in decoding steps", "[nn]") {
  struct Reversed {
    Size width;
    Linear map = Linear{.in = width, .out = width};
    Tensor operator()(const Tensor& x, const Pass& pass) const {
      return map(x) + gather_rows(x, take_last(pass.sequences));
    }
    static Tensor take_last(const Sequences& sequences) {
      return gather_rows(nn::last_tokens(sequences), sequence_ids(sequences));
    }
  };
  const Pass pass(Sequences{3, 2});
  const auto report = nn::check(Reversed{.width = 4}, normal({5, 4}), pass);
  REQUIRE(report.failed.size() == 1);
  CHECK_THAT(report.failed[0], Catch::Matchers::StartsWith("step 0 differs by "));
  CHECK(nn::check_with({.takes_steps = false}, Reversed{.width = 4}, normal({5, 4}), pass));
}

TEST_CASE("rows of a cache are repeated and reordered, and copies are independent", "[nn]") {
  seed(2);
  Tower tower{.width = 8};
  nn::eval(tower);
  const nn::Memory memory{normal({5, 6}), Sequences{2, 3}};
  const Tensor x = normal({7, 8});  // rows of 4 and 3 tokens
  const auto whole = [&](const std::vector<std::int64_t>& rows, const nn::Memory& read) {
    std::vector<Tensor> parts;
    std::vector<std::int64_t> lengths;
    for (const std::int64_t row : rows) {
      parts.push_back(row == 0 ? slice(x, 0, 0, 4) : slice(x, 0, 4, 7));
      lengths.push_back(row == 0 ? 4 : 3);
    }
    return no_grad([&] {
      return tower(concat(parts), Pass(Sequences(std::span<const std::int64_t>(lengths)), {.mask = causal()}, read));
    });
  };
  nn::DecodingCache cache(2, memory);
  next_row(cache, tower, concat({slice(x, 0, 0, 3), slice(x, 0, 4, 6)}), Sequences{3, 2});
  const nn::DecodingCache before = cache;
  cache.select(tensor(std::vector<std::int64_t>{1, 0, 1}));
  CHECK(std::vector(cache.lengths().begin(), cache.lengths().end()) == std::vector<std::int64_t>{2, 3, 2});
  const Tensor last = slice(x, 0, 6, 7), first = slice(x, 0, 3, 4);
  const Tensor y = next_row(cache, tower, concat({last, first, last}), Sequences{1, 1, 1});
  const nn::Memory reordered{
      concat({slice(memory.states, 0, 2, 5), slice(memory.states, 0, 0, 2), slice(memory.states, 0, 2, 5)}),
      Sequences{3, 2, 3}};
  const Tensor expected = gather_rows(whole({1, 0, 1}, reordered), tensor({2, 6, 9}));
  CHECK(max(abs(y - expected)).item() < 1e-5);

  nn::DecodingCache copy = before;
  const Tensor again = next_row(copy, tower, concat({first, last}), Sequences{1, 1});
  CHECK(max(abs(again - gather_rows(whole({0, 1}, memory), tensor({3, 6})))).item() < 1e-5);
}

TEST_CASE("rows may be selected before the first step", "[nn]") {
  seed(3);
  Tower tower{.width = 8};
  nn::eval(tower);
  const nn::Memory memory{normal({5, 6}), Sequences{2, 3}};
  const Tensor x = normal({1, 8});
  nn::DecodingCache cache(2, memory), alone(1, nn::Memory{slice(memory.states, 0, 2, 5), Sequences{3}});
  cache.select(tensor(std::vector<std::int64_t>{1}));
  CHECK(max(abs(next_row(cache, tower, x, Sequences{1}) - next_row(alone, tower, x, Sequences{1}))).item() == 0);
  CHECK(!cache.memory());
}

TEST_CASE("a step that ends with an error is undone", "[nn]") {
  seed(4);
  for (const bool is_first : {true, false})
    for (const bool has_mean : {true, false}) {
      Tower tower{.width = 8};
      if (has_mean) tower.mixer = CausalMean{.width = 8};
      nn::eval(tower);
      nn::DecodingCache cache(2, nn::Memory{normal({5, 6}), Sequences{2, 3}});
      const Sequences two{1, 2}, one{1, 1};
      if (!is_first) next_row(cache, tower, normal({3, 8}), two);
      nn::DecodingCache same = cache;
      const auto fails = [&](const Pass& pass) -> Tensor {
        tower(normal({3, 8}), pass);
        throw Error("after all layers");
      };
      CHECK_THROWS_WITH(nn::run_decoding_step(cache, two, {.mask = causal()}, fails), "after all layers");
      const auto broken = [&](const Pass& pass) { return tower.attention(normal({3, 8}), pass); };
      if (!is_first) CHECK_THROWS_AS(nn::run_decoding_step(cache, two, {.mask = causal()}, broken), Error);
      CHECK(std::equal(cache.lengths().begin(), cache.lengths().end(), same.lengths().begin()));
      for (const Sequences& fresh : {two, one}) {
        const Tensor x = normal({fresh.tokens(), 8});
        CHECK(next_row(cache, tower, x, fresh).to_vector<float>() ==
              next_row(same, tower, x, fresh).to_vector<float>());
      }
    }
}

TEST_CASE("a cache refuses invalid steps", "[nn]") {
  Tower tower{.width = 8};
  Attention other{.width = 8, .heads = 2};
  nn::eval(tower);
  const auto step = [](nn::DecodingCache& cache, const auto& layer, std::int64_t rows) {
    return nn::run_decoding_step(cache, Sequences::equal(rows, 1), {.mask = causal()},
                                 [&](const Pass& pass) { return layer(normal({rows, 8}), pass); });
  };
  nn::DecodingCache cache(2, nn::Memory{normal({5, 6}), Sequences{2, 3}});
  CHECK_THROWS_WITH(step(cache, tower, 3), "DecodingCache: got tokens for 3 rows, but there are 2");
  CHECK_THROWS_WITH(Pass(cache, Sequences{1, 0}), "DecodingCache: row 1 has no new token");
  CHECK_THROWS_WITH(cache.finish_step(), "DecodingCache: no step was started");
  CHECK_THROWS_WITH(cache.select(tensor(std::vector<std::int64_t>{2})),
                    "DecodingCache: row 2 is selected, but there are 2");
  CHECK_THROWS_WITH(cache.select(tensor({0.5f})), "DecodingCache: rows are float32 [1], but they must be int64 [rows]");
  step(cache, tower, 2);
  nn::DecodingCache fewer = cache, failed = cache;
  CHECK_THROWS_WITH(step(fewer, other, 2), "DecodingCache: the layers took 1 states, but 4 in the step before");
  CHECK_THROWS_WITH(step(failed, Gru{.width = 8}, 2),
                    "DecodingCache: state 0 is of another type than the layer that asks for it keeps: is it another "
                    "model's cache?");
  failed.start_step(Sequences{1, 1});
  CHECK_THROWS_WITH(failed.start_step(Sequences{1, 1}),
                    "DecodingCache: a step is under way: finish_step or cancel_step ends it");
  CHECK_THROWS_WITH(failed.select(tensor(std::vector<std::int64_t>{1, 0})),
                    "DecodingCache: a step is under way, in which no rows can be selected");
  CHECK(step(cache, tower, 2).size(0) == 2);

  nn::DecodingCache of_other(1);
  step(of_other, other, 1);
  CHECK_THROWS_WITH(step(
                        of_other, [&](const Tensor& x, const Pass& p) { return other(other(x, p), p); }, 1),
                    "DecodingCache: the layers ask for more than the 1 states of the step before: is it another "
                    "model's cache?");
  CHECK_THROWS_WITH(nn::DecodingCache(-1), "DecodingCache: got -1 rows, but there can be from 0 to 16777216");
  CHECK_THROWS_WITH(nn::DecodingCache(1, nn::Memory{normal({5, 6}), Sequences{2, 3}}),
                    "DecodingCache: got 1 rows, but the memory has 2 sequences");
  CHECK_THROWS_WITH(tower(normal({2, 8}), Sequences{2}),
                    "Pass: a layer reads the memory, but the pass has none: Pass(sequences, options, memory)");
  CHECK_THROWS_WITH(Pass(Sequences{2}, {}, nn::Memory{normal({5, 6}), Sequences{2, 3}}),
                    "Pass: got 1 sequences, but the memory has 2");
}
