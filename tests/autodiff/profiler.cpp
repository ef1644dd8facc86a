#include <heed/heed.h>

#include <algorithm>
#include <map>

#include "catch.h"
#include "occurrences.h"

using namespace heed;
using Catch::Matchers::Contains;
using Catch::Matchers::Message;

TEST_CASE("the profiler counts calls, products and bytes, forward, backward and recomputed", "[diagnostics]") {
  const Tensor x = ones({32, 64}), w = ones({64, 48}).require_grad();
  const auto block = [&](const Tensor& a) { return tanh(matmul(a, w)); };
  backward(sum(block(x)));
  Profiler profiler;
  const auto begin = std::chrono::steady_clock::now();
  backward(sum(block(x)));
  backward(sum(checkpoint(block, {x})));
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::map<std::string, OpCost> found;
  double total = 0;
  for (const OpCost& cost : profiler.costs()) {
    found[cost.op + " " + cost.pass] = cost;
    CHECK(cost.seconds >= 0);
    total += cost.seconds;
  }
  CHECK(total <= elapsed);
  const double adds = 32 * 64 * 48;
  CHECK(found["matmul forward"].calls == 2);
  CHECK(found["matmul forward"].multiply_adds == 2 * adds);
  CHECK(found["matmul forward"].bytes == 2 * 4 * (32 * 64 + 64 * 48 + 32 * 48));
  CHECK(found["matmul recomputed"].calls == 1);
  CHECK(found["matmul recomputed"].multiply_adds == adds);
  CHECK(found["matmul backward"].calls == 2);
  CHECK(found["matmul backward"].multiply_adds == 2 * adds);  // only for w
  CHECK(found["tanh backward"].calls == 2);
  CHECK(found["checkpoint backward"].calls == 1);
  CHECK(found["checkpoint backward"].multiply_adds == 0);  // the ops inside count separately
  CHECK(profiler.costs().front().seconds >= profiler.costs().back().seconds);
  CHECK_THAT(profiler.table(), Contains("GFLOP/s") && Contains("matmul") && Contains("recomputed"));
  const std::string trace = profiler.trace();
  CHECK(
      trace.starts_with("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n{\"name\": \"matmul\", \"cat\": "
                        "\"forward\", \"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"ts\": "));
  CHECK(occurrences(trace, "\"ph\": \"X\"") == 16);
  CHECK(std::count(trace.begin(), trace.end(), '{') == std::count(trace.begin(), trace.end(), '}'));
  profiler.clear();
  CHECK(profiler.costs().empty());
}

TEST_CASE("the profiler counts the products of recurrent units for any chunking", "[diagnostics]") {
  const std::int64_t width = 8;
  const Tensor weight = normal({4 * width, width}).require_grad();
  for (const std::int64_t count : {4, 40}) {  // on all threads, or packed and each chunk on one
    const Sequences sequences = Sequences::equal(count, 3);
    Profiler profiler;
    backward(sum(lstm(normal({sequences.tokens(), 4 * width}), weight, {}, {}, {}, sequences).y));
    const double adds = static_cast<double>(sequences.tokens() * 4 * width * width);
    std::map<std::string, double> found;
    for (const OpCost& cost : profiler.costs()) found[cost.op + " " + cost.pass] = cost.multiply_adds;
    CHECK(found["lstm forward"] == adds);
    CHECK(found["lstm backward"] == 2 * adds);
  }
}
