#include <heed/ops/kernels/cross_entropy.h>
#include <heed/ops/kernels/softmax.h>

#include "harness.h"

namespace heed::kernels {
namespace {

using Row = std::vector<double>;

double logsumexp(const Row& x) {
  if (x.empty()) return -infinity;
  const double greatest = *std::max_element(x.begin(), x.end());
  if (greatest == -infinity) return -infinity;
  double sum = 0;
  for (const double v : x) sum += std::exp(v - greatest);
  return greatest + std::log(sum);
}

/// Rows with a gap between them; the second is partly -infinity, the third entirely.
template <class T>
struct Example {
  Index width, stride = width + 5;
  Block size{4, width};
  Buffer<T> x = numbers<T>(3 * stride + width, -20, 20), dy = numbers<T>(3 * stride + width, -1, 1, 9);

  explicit Example(Index w) : width(w) {
    for (Index j = 0; j < width; ++j) {
      if (j % 3) x[at(stride + j)] = T(-infinity);
      x[at(2 * stride + j)] = T(-infinity);
    }
  }
  Row row(Buffer<T>& of, Index r) const { return Row(of.begin() + r * stride, of.begin() + r * stride + width); }
  Rows<const T> in(Buffer<T>& of) const { return {of.data(), stride}; }
  Rows<T> out(Buffer<T>& of) const { return {of.data(), stride}; }
};

TEMPLATE_TEST_CASE("softmax, log_softmax, logsumexp and their gradients", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    const auto& kernels = get<SoftmaxKernels<T>>(set);
    for (const Index width : sizes) {
      INFO("width = " << width);
      Example<T> e(width);
      Buffer<T> y = e.x, log_y = e.x, dx = e.x, log_dx = e.dy, sum_dx = e.dy, lse(4), dl = numbers<T>(4);
      kernels.softmax(e.size, e.in(e.x), e.out(y));
      kernels.log_softmax(e.size, e.in(log_y), e.out(log_y));
      kernels.logsumexp(e.size, e.in(e.x), lse.data());
      kernels.softmax_backward(e.size, e.in(y), e.in(e.dy), e.out(dx));
      kernels.log_softmax_backward(e.size, e.in(log_y), e.in(log_dx), e.out(log_dx));
      kernels.logsumexp_backward(e.size, e.in(e.x), dl.data(), e.out(sum_dx));
      for (Index r = 0; r < 4; ++r) {
        INFO("row " << r);
        const Row x = e.row(e.x, r), dy = e.row(e.dy, r);
        const double l = logsumexp(x), shift = l == -infinity ? 0 : l;
        Row p, log_p, d, log_d, sum_d;
        double dot = 0, sum = 0;
        for (Index j = 0; j < width; ++j) {
          p.push_back(std::exp(x[at(j)] - shift));
          log_p.push_back(x[at(j)] - shift);
          dot += p.back() * dy[at(j)];
          sum += dy[at(j)];
        }
        for (Index j = 0; j < width; ++j) {
          d.push_back(p[at(j)] * (dy[at(j)] - dot));
          log_d.push_back(dy[at(j)] - p[at(j)] * sum);
          sum_d.push_back(p[at(j)] * dl[at(r)]);
        }
        check_close(e.row(y, r), p, rounding<T>);
        check_close(e.row(log_y, r), log_p, rounding<T>);
        check_close(Row{lse[at(r)]}, Row{l}, rounding<T>);
        check_close(e.row(dx, r), d, rounding<T>);
        check_close(e.row(log_dx, r), log_d, rounding<T> * 10);
        check_close(e.row(sum_dx, r), sum_d, rounding<T>);
      }
      check_close(std::span(y.begin() + width, 5), std::span(e.x.begin() + width, 5), 0);  // the gap is unchanged
    }
  });
}

TEMPLATE_TEST_CASE("softmax of a row with NaN or infinity is NaN", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    for (const double poison : {nan, infinity}) {
      Buffer<T> x = numbers<T>(40), y(40);
      x[21] = T(poison);
      get<SoftmaxKernels<T>>(set).softmax({1, 40}, {x.data(), 40}, {y.data(), 40});
      CHECK(std::isnan(y[21]));
      if (std::isnan(poison)) CHECK(std::all_of(y.begin(), y.end(), [](T v) { return std::isnan(v); }));
    }
  });
}

/// Online softmax of a row in pieces of 16, 1, 33, 64, ... scores; the rescaled weights are the softmax.
TEMPLATE_TEST_CASE("online softmax and its pieces", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    const auto& kernels = get<SoftmaxKernels<T>>(set);
    for (const int hidden : {0, 40, 200}) {  // number of leading scores that are -infinity
      INFO("hidden = " << hidden);
      const Index n = 200;
      const T scale = T(0.25);
      Buffer<T> scores = numbers<T>(n, -40, 40);
      std::fill_n(scores.data(), hidden, T(-infinity));
      Buffer<T> weights = scores, again(at(n)), dy = numbers<T>(n, -1, 1, 3), dx(at(n));
      OnlineSoftmax<T> state{T(-infinity), 0};
      Index done = 0;
      for (const Index piece : {16, 1, 33, 64, 7, 79}) {
        const T rescale = kernels.online_softmax(scale, weights.data() + done, piece, &state);
        for (Index i = 0; i < done; ++i) weights[at(i)] *= rescale;
        done += piece;
      }
      Row x;
      for (const T s : scores) x.push_back(double(scale) * double(s));
      const double l = logsumexp(x), shift = l == -infinity ? 0 : l;
      Row expected, expected_dx;
      for (const double v : x) expected.push_back(std::exp(v - shift));
      double dot = 0;
      for (Index i = 0; i < n; ++i) dot += expected[at(i)] * double(dy[at(i)]);
      for (Index i = 0; i < n; ++i) {
        if (state.sum > 0) weights[at(i)] /= state.sum;
        expected_dx.push_back(double(scale) * expected[at(i)] * (double(dy[at(i)]) - dot));
      }
      check_close(weights, expected, rounding<T>);
      check_close(Row{double(scale) * double(state.maximum) + std::log(double(state.sum))}, Row{l}, rounding<T>);
      const bool none = state.sum == 0;
      kernels.softmax_weights(scale, none ? 0 : state.maximum, none ? 0 : 1 / state.sum, scores.data(), again.data(),
                              n);
      check_close(again, expected, rounding<T> * 4);
      check_close(Row{kernels.dot(again.data(), dy.data(), n)}, Row{dot}, rounding<T> * 4);
      kernels.softmax_scores_backward(scale, T(dot), again.data(), dy.data(), dx.data(), n);
      check_close(dx, expected_dx, rounding<T> * 4);
    }
  });
}

TEMPLATE_TEST_CASE("cross entropy and its gradient", "[kernels]", float, double) {
  using T = TestType;
  on_each_set([](InstructionSet set) {
    const auto& kernels = get<CrossEntropyKernels<T>>(set);
    for (const Index width : sizes) {
      if (width == 0) continue;
      INFO("width = " << width);
      const Index rows = 5, stride = width + 2;
      Buffer<T> logits = numbers<T>((rows - 1) * stride + width, -15, 15), gradient = logits, loss(5), parts(10);
      const LogSumExps<T> lse{parts.data(), parts.data() + 5};
      Buffer<T> dloss = numbers<T>(5, -2, 2, 8);
      const std::vector<std::int64_t> target = {0, width - 1, width / 2, -100, width / 3};
      kernels.cross_entropy({rows, width}, {logits.data(), stride}, target.data(), loss.data(), lse);
      for (const Index dloss_stride : {1, 0}) {
        std::copy(logits.begin(), logits.end(), gradient.data());
        kernels.cross_entropy_backward({rows, width}, {gradient.data(), stride}, target.data(), {lse.maximum, lse.rest},
                                       {dloss.data(), dloss_stride}, {gradient.data(), stride});
        for (Index r = 0; r < rows; ++r) {
          const Row x(logits.begin() + r * stride, logits.begin() + r * stride + width);
          const double l = logsumexp(x), g = double(dloss[at(r * dloss_stride)]);
          Row d(at(width), 0);
          if (target[at(r)] >= 0) {
            for (Index j = 0; j < width; ++j) d[at(j)] = g * (std::exp(x[at(j)] - l) - (j == target[at(r)]));
          }
          const double expected = target[at(r)] < 0 ? 0 : l - x[at(target[at(r)])];
          check_close(Row{loss[at(r)]}, Row{expected}, rounding<T> * 10);
          check_close(std::span(gradient.begin() + r * stride, at(width)), d, rounding<T>);
        }
      }
    }
  });
}

}  // namespace
}  // namespace heed::kernels
