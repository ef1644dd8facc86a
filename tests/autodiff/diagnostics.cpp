#include <heed/heed.h>

#include <algorithm>
#include <map>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Contains;
using Catch::Matchers::Message;

namespace {

OpUsage use_of(LiveGraph& graph, const std::string& op) {
  for (const OpUsage& use : graph.usage())
    if (use.op == op) return use;
  return {.op = op};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
  return found;
}

}  // namespace

TEST_CASE("LiveGraph counts nodes and bytes by op", "[diagnostics]") {
  const Tensor x = ones({1000}).require_grad();
  Tensor kept;
  LiveGraph graph;
  {
    const Tensor h = exp(x), y = sum(h * h);
    CHECK(use_of(graph, "exp").nodes == 1);
    CHECK(use_of(graph, "exp").bytes == 4000);
    CHECK(use_of(graph, "multiply").nodes == 1);
    CHECK(use_of(graph, "multiply").bytes == 0);  // the gradient of sum does not need it
    CHECK(use_of(graph, "sum").nodes == 1);
    CHECK(graph.usage()[0].bytes == 4000);
    CHECK_THAT(graph.text(), Contains("exp") && Contains("4000"));
    const Tensor view = reshape(h, {10, 100});
    CHECK(use_of(graph, "reshape").nodes == 1);
    CHECK(use_of(graph, "reshape").bytes == 0);
    kept = h.detach();
  }
  CHECK(use_of(graph, "exp").nodes == 0);
  CHECK(use_of(graph, "exp").bytes == 4000);
  kept = {};
  CHECK(graph.usage().empty());
  const Tensor y = exp(x);  // outlives the inner LiveGraph
  {
    LiveGraph inner;
    kept = exp(x);
    CHECK(use_of(inner, "exp").bytes == 4000);
  }
  CHECK(use_of(graph, "exp").nodes == 2);
}

TEST_CASE("TrainingCheck names parameters that are not trained", "[diagnostics]") {
  struct Model {
    Size width;
    nn::Parameter used = ones({width}), unused = ones({width}), forgotten = ones({width}), dead = ones({width});
  };
  const Model model{.width = 2};
  const nn::Parameter foreign = ones({3});
  const optim::AdamW adam{{model.used, model.unused, model.dead, foreign}};
  const TrainingCheck check{nn::named_parameters(model), adam.parameters()};
  backward(sum(model.used * model.forgotten + relu(model.dead * -1.0)));
  CHECK(check.gradients() ==
        std::vector<std::string>{
            "parameter unused [2] got no gradient: the loss does not depend on it, or an op does not list it among its "
            "inputs",
            "parameter forgotten [2] is not in the optimizer", "parameter dead [2] got a gradient that is all zeros",
            "tensor 3 of the optimizer, [3], is not a parameter of the model: perhaps a clone's"});
}

TEST_CASE("TrainingCheck says which ops keep the graph alive", "[diagnostics]") {
  const Tensor w = ones({3}).require_grad();
  const std::vector<std::pair<std::string, Tensor>> parameters{{"w", w}};
  {
    TrainingCheck check{parameters, std::vector{w}};
    Tensor last;
    for (int step = 0; step < 4; ++step) {
      last = sum(w * w);  // kept until the next step
      CHECK(check.graph().empty());
    }
  }
  TrainingCheck check{parameters, std::vector{w}};
  Tensor total = scalar(0.0f);
  for (int step = 0; step < 4; ++step) {
    const Tensor loss = sum(w * w);
    total = total + loss;
    backward(loss);
    w.clear_grad();
    const auto problems = check.graph();
    if (step == 0) CHECK(problems.empty());
    if (step == 2)
      CHECK(problems == std::vector<std::string>{
                            "the graph grew from 2 to 3 live nodes in this step (add +1), as in the one before: "
                            "something keeps a result with its graph, such as a sum of losses; keep its item() or "
                            "detach() instead"});
  }
}

TEST_CASE("a graph as DOT and SVG", "[diagnostics]") {
  const Tensor x = ones({2, 3}).require_grad(), w = ones({3}).require_grad();
  const std::vector<std::pair<std::string, Tensor>> names{{"scale<\"w\">", w}};
  const Tensor h = x * w, y = sum(h * h);
  const std::string dot = to_dot(y, names);
  CHECK(dot ==
        "digraph heed {\n"
        "  n0 [shape=box, label=\"leaf\\nfloat32 [2, 3]\"];\n"
        "  n1 [shape=box, label=\"scale<\\\"w\\\">\\nfloat32 [3]\"];\n"
        "  n2 [shape=ellipse, label=\"multiply\\nfloat32 [2, 3]\"];\n"
        "  n3 [shape=ellipse, label=\"multiply\\nfloat32 [2, 3]\"];\n"
        "  n4 [shape=ellipse, label=\"sum\\nfloat32 []\"];\n"
        "  n0 -> n2;\n  n1 -> n2;\n  n2 -> n3;\n  n2 -> n3;\n  n3 -> n4;\n"
        "}\n");
  const std::string svg = to_svg(y, names);
  CHECK(svg.starts_with("<svg xmlns="));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(count(svg, "<path ") == 5);
  CHECK(count(svg, "<text ") == 10);
  CHECK_THAT(svg, Contains("scale&#60;&#34;w&#34;&#62;"));
  backward(y);
  CHECK_THAT(to_dot(y, names), Contains("sum (freed)"));
  CHECK_THROWS_MATCHES(to_svg(ones({2})), Error,
                       Message("drawing: the result [2] has no graph, as it does not depend on anything that requires "
                               "a gradient"));
}

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
  CHECK(count(trace, "\"ph\": \"X\"") == 16);
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
