// Memory-bound ops: bytes per second, counting each necessary read and write once, compared with a triad a = b + s c on
// arrays of the same size and the same number of threads, timed in alternation.
#include <benchmark/benchmark.h>
#include <heed/heed.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace heed;

double seconds(const std::function<void()>& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void triad(const Tensor& a, const Tensor& b, const Tensor& c) {
  float* to = fill<float>(a);
  const float *first = read<float>(b), *second = read<float>(c);
  parallel(a.elements(), 0.2, [=](Range part) {
    for (std::int64_t i = part.begin; i < part.end; ++i) to[i] = first[i] + 3 * second[i];
  });
}

/// One call of an op, and the number of reads and writes of each element of x.
struct Pass {
  std::function<void()> before, timed, after;
  double elements_moved;
};

/// Times the op and the triad in alternation, some milliseconds each; the share is the median over turns.
void run(benchmark::State& state, const Shape& shape, const std::function<Pass(const Tensor&)>& make) {
  const Tensor x = uniform(shape, -2, 2).require_grad(), a = empty(shape), b = uniform(shape), c = uniform(shape);
  const Pass pass = make(x);
  const double bytes = 4.0 * static_cast<double>(x.elements());
  const int repeats = std::max(1, static_cast<int>(3e7 / bytes));
  const auto time = [&] {
    pass.before();
    const double taken = seconds(pass.timed);
    pass.after();
    return taken;
  };
  time();  // fills the arena
  std::vector<double> rates, triads, shares;
  for (auto _ : state) {
    double of_op = 0, of_triad = 0;
    for (int i = 0; i < repeats; ++i) of_op += time();
    for (int i = 0; i < repeats; ++i) of_triad += seconds([&] { triad(a, b, c); });
    rates.push_back(pass.elements_moved * bytes * repeats / of_op * 1e-9);
    triads.push_back(3 * bytes * repeats / of_triad * 1e-9);
    shares.push_back(rates.back() / triads.back());
    state.SetIterationTime(of_op / repeats);
  }
  state.counters["GB_per_s"] = median(rates);
  state.counters["triad_GB_per_s"] = median(triads);
  state.counters["triad_share"] = median(shares);
}

using Function = std::function<Tensor(const Tensor&)>;

Pass forward(const Function& f, const Tensor& x) {
  const auto nothing = [] {};
  return {nothing, [f, x] { no_grad([&] { benchmark::DoNotOptimize(f(x)); }); }, nothing, 2};
}

Pass backward_of(const Function& f, const Tensor& x) {
  const auto y = std::make_shared<Tensor>();
  const Tensor dy = uniform(x.shape());
  return {[f, x, y] { *y = f(x); }, [dy, y] { backward(*y, dy); },
          [x, y] {
            x.clear_grad();
            *y = {};
          },
          3};
}

/// One step of the optimizer: p, m and v are read and written, the gradient is read.
Pass adamw_step(const Tensor& x) {
  const auto adam = std::make_shared<optim::AdamW>(std::vector{nn::Parameter(x)});
  const Tensor gradient = uniform(x.shape());
  return {[x, gradient] { x.set_grad(gradient); }, [adam] { adam->step(1e-3); }, [] {}, 7};
}

/// Creates the op for rows of this width, with its parameters.
using Op = Function (*)(std::int64_t width);

Function softmax_op(std::int64_t) {
  return [](const Tensor& x) { return softmax(x); };
}
Function layer_norm_op(std::int64_t width) {
  return [scale = ones({width}).require_grad(), bias = zeros({width}).require_grad()](const Tensor& x) {
    return layer_norm(x, scale, bias);
  };
}
template <Tensor (*f)(const Tensor&)>
Function function_op(std::int64_t) {
  return f;
}

/// Pass of a binary op on x and a second tensor of its shape.
using Function2 = Tensor (*)(const Tensor&, const Tensor&);
Pass with_second(Function2 f, const Tensor& x) {
  Pass pass = forward([f, second = uniform(x.shape())](const Tensor& first) { return f(first, second); }, x);
  pass.elements_moved = 3;
  return pass;
}
/// Pass with the gradients of both tensors.
Pass with_second_backward(Function2 f, const Tensor& x) {
  const Tensor second = uniform(x.shape()).require_grad();
  Pass pass = backward_of([=](const Tensor& first) { return f(first, second); }, x);
  pass.after = [after = pass.after, second] {
    after();
    second.clear_grad();
  };
  pass.elements_moved = 5;
  return pass;
}

Pass sum_of(const Tensor& x) {
  Pass pass = forward([](const Tensor& all) { return sum(all); }, x);
  pass.elements_moved = 1;
  return pass;
}

void add_row(const std::string& name, const Shape& shape, const std::function<Pass(const Tensor&)>& make) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) { run(state, shape, make); })
      ->UseManualTime()
      ->Iterations(9)
      ->Unit(benchmark::kMicrosecond);
}

const bool added = [] {
  const std::vector<std::pair<std::string, Op>> ops = {{"softmax", softmax_op},     {"layer_norm", layer_norm_op},
                                                       {"gelu", function_op<gelu>}, {"relu", function_op<relu>},
                                                       {"silu", function_op<silu>}, {"exp", function_op<exp>},
                                                       {"sin", function_op<sin>},   {"floor", function_op<floor>}};
  for (const Shape& shape : {Shape{1024, 768}, Shape{32768, 1024}}) {  // 3 MB, and 134 MB, which is larger than caches
    const std::string size = std::to_string(shape[0]) + "x" + std::to_string(shape[1]);
    for (const auto& [name, op] : ops) {
      add_row(name + "/" + size + "/forward", shape, [op](const Tensor& x) { return forward(op(x.size(-1)), x); });
      add_row(name + "/" + size + "/backward", shape, [op](const Tensor& x) { return backward_of(op(x.size(-1)), x); });
    }
    for (const auto& [name, op] : std::vector<std::pair<std::string, Function2>>{{"add", heed::add},
                                                                                 {"multiply", multiply},
                                                                                 {"maximum", maximum},
                                                                                 {"remainder", remainder},
                                                                                 {"swiglu", swiglu},
                                                                                 {"geglu", geglu}}) {
      add_row(name + "/" + size + "/forward", shape, [op](const Tensor& x) { return with_second(op, x); });
    }
    for (const auto& [name, op] : std::vector<std::pair<std::string, Function2>>{{"swiglu", swiglu}, {"geglu", geglu}})
      add_row(name + "/" + size + "/backward", shape, [op](const Tensor& x) { return with_second_backward(op, x); });
    add_row("sum/" + size + "/forward", shape, sum_of);
    add_row("adamw/" + size, shape, adamw_step);
  }
  return true;
}();

}  // namespace
