#include "matmul.h"

#include "../../graph/fail.h"
#include "../kernels/gemm/gemm.h"
#include "../reduce/reduce.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "../support/matrix_layout.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Returns the axes before the last two.
Shape outer(const Shape& shape) { return Shape(std::span(shape.begin(), static_cast<std::size_t>(shape.rank() - 2))); }

template <class T>
void multiply_all(const Tensor& a, const Tensor& b, const Tensor& bias, const Tensor& y) {
  const MatrixLayout of_a = matrix_layout(a), of_b = matrix_layout(b);
  const Shape batch = outer(y.shape());
  const auto steps = [&](const Tensor& x) {
    Shape strides = broadcast_strides(x, [&] {
      Shape whole = batch;
      whole.push_back(x.shape()[-2]);
      whole.push_back(x.shape()[-1]);
      return whole;
    }());
    return outer(strides);
  };
  const Runs<2> runs(batch, {steps(a), steps(b)});
  if (y.elements() == 0) return;  // the other axes may be very long
  const std::int64_t m = y.shape()[-2], n = y.shape()[-1];
  kernels::Gemm<T> product{.transpose_a = of_a.transposed,
                           .transpose_b = of_b.transposed,
                           .m = m,
                           .n = n,
                           .k = a.shape()[-1],
                           .a = nullptr,
                           .lda = of_a.leading,
                           .b = nullptr,
                           .ldb = of_b.leading,
                           .c = nullptr,
                           .ldc = n,
                           .bias_of = bias ? kernels::Bias::per_column : kernels::Bias::none,
                           .bias = bias ? read<T>(bias) : nullptr};
  for (std::int64_t row = 0; row < runs.rows(); ++row) {
    product.a = read<T>(a) + runs.offset(0, row);
    product.b = read<T>(b) + runs.offset(1, row);
    product.c = fill<T>(y) + row * runs.length() * m * n;
    if (runs.length() == 1) {
      kernels::gemm(product);
    } else {
      kernels::gemm(product,
                    {.count = runs.length(), .step_a = runs.stride(0), .step_b = runs.stride(1), .step_c = m * n});
    }
  }
}

/// Matrix product without history; both operands have two axes or more.
Tensor product(const char* op, const Tensor& a, const Tensor& b, const Tensor& bias, const Shape& shape) {
  return with_floating(op, a.dtype(), [&]<class T>() {
    Tensor y = empty(shape, a.dtype());
    multiply_all<T>(readable_matrix(a), readable_matrix(b), bias ? no_grad([&] { return contiguous(bias); }) : bias, y);
    return y;
  });
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  check_same_dtype("matmul", "a", a, "b", b);
  if (a.rank() == 0 || b.rank() == 0 || a.shape()[-1] != b.shape()[b.rank() == 1 ? 0 : -2])
    fail("matmul: a is {} and b is {}, but the last axis of a must be as long as the last but one of b",
         to_string(a.shape()), to_string(b.shape()));
  if (a.rank() == 1) {
    Tensor y = matmul(reshape(a, {1, -1}), b);
    Shape shape = y.shape();
    shape.erase(b.rank() == 1 ? shape.rank() - 1 : shape.rank() - 2);
    return reshape(y, shape);
  }
  if (b.rank() == 1) {
    Tensor y = matmul(a, reshape(b, {-1, 1}));
    Shape shape = y.shape();
    shape.erase(shape.rank() - 1);
    return reshape(y, shape);
  }
  const std::int64_t m = a.shape()[-2], n = b.shape()[-1];
  if (b.rank() == 2 && a.rank() > 2 && a.is_contiguous()) {  // one large product instead of many small ones
    Shape shape = a.shape();
    shape[-1] = n;
    return reshape(matmul(reshape(a, {outer(a.shape()).elements() * m, a.shape()[-1]}), b), shape);
  }
  Shape shape =
      broadcast("matmul", "a without its last two axes", outer(a.shape()), "b without its last two", outer(b.shape()));
  shape.push_back(m);
  shape.push_back(n);
  return differentiable("matmul", {a, b}, product("matmul", a, b, {}, shape), [a, b](const Tensor& dy) {
    return Gradients{[&] { return sum_to(matmul(dy, transpose(b)), a.shape()); },
                     [&] { return sum_to(matmul(transpose(a), dy), b.shape()); }};
  });
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check_same_dtype("linear", "x", x, "weight", weight);
  if (weight.rank() != 2 || x.rank() == 0 || x.shape()[-1] != weight.shape()[1])
    fail("linear: x is {} and weight is {}, but the last axis of x must be as long as that of weight, [out, in]",
         to_string(x.shape()), to_string(weight.shape()));
  const std::int64_t in = weight.shape()[1], out = weight.shape()[0];
  if (bias && (bias.shape() != Shape{out} || bias.dtype() != x.dtype()))
    fail("linear: bias is {} {}, but with weight {} it must be {} [{}]", name(bias.dtype()), to_string(bias.shape()),
         to_string(weight.shape()), name(x.dtype()), out);
  Shape shape = x.shape();
  shape[-1] = out;
  if (x.rank() != 2) {
    Shape rows = x.shape();
    rows.erase(rows.rank() - 1);
    return reshape(linear(reshape(x, {rows.elements(), in}), weight, bias), shape);
  }
  Tensor y = product("linear", x, transpose(weight.detach()), bias ? bias.detach() : bias, shape);
  const auto of_x = [weight](const Tensor& dy) { return matmul(dy, weight); };
  const auto of_weight = [x](const Tensor& dy) { return matmul(transpose(dy), x); };
  if (!bias)
    return differentiable("linear", {x, weight}, y, [=](const Tensor& dy) {
      return Gradients{[&] { return of_x(dy); }, [&] { return of_weight(dy); }};
    });
  return differentiable("linear", {x, weight, bias}, y, [=](const Tensor& dy) {
    return Gradients{[&] { return of_x(dy); }, [&] { return of_weight(dy); }, [&] { return sum(dy, {0}); }};
  });
}

}  // namespace heed
