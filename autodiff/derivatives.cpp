#include "derivatives.h"

#include "../graph/create.h"
#include "../graph/fail.h"
#include "../ops/shape/view.h"
#include "backward.h"
#include "support/own_memory.h"

namespace heed::detail {
namespace {

using Tensors = std::vector<Tensor>;

/// Copies of the inputs (sharing values) as new leaves, at which derivatives stop; with create_graph they stay
/// connected to the originals' graph.
Tensors variables(std::span<const Tensor> inputs, bool create_graph) {
  Tensors own;
  for (const Tensor& x : inputs) {
    if (!is_floating(x.dtype())) {
      own.push_back(x);
    } else if (create_graph && x.requires_grad()) {
      const TensorBody& body = body_of(x);
      own.push_back(differentiable("input", {x}, view_of(x, body.data, body.shape, body.strides),
                                   [](const Tensor& dy) { return Gradients{dy}; }));
    } else {
      own.push_back(x.detach().require_grad());
    }
  }
  return own;
}

void check_vectors(const char* who, const char* kind, const char* of, std::span<const Tensor> tensors,
                   std::span<const Tensor> vectors) {
  if (vectors.size() != tensors.size())
    fail("{}: {} {}s were given, but there must be one for each of the {} {}s", who, vectors.size(), kind,
         tensors.size(), of);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Tensor &x = tensors[i], &v = vectors[i];
    if (!v && !is_floating(x.dtype())) continue;
    if (!v || v.shape() != x.shape() || v.dtype() != x.dtype())
      fail("{}: {} {} is {} {}, but its {} is {}{}", who, of, i, name(x.dtype()), to_string(x.shape()), kind,
           v ? fmt::format("{} {}", name(v.dtype()), to_string(v.shape())) : "empty",
           is_floating(x.dtype()) ? "" : "; that of an integer tensor must be empty");
  }
}

/// Returns the number of a new event: later ones come after the call.
std::uint64_t current_event() { return event_counter.fetch_add(1, std::memory_order_relaxed); }

Tensors finished(Tensors tensors, std::uint64_t since, bool create_graph) {
  if (!create_graph)
    for (Tensor& tensor : tensors)
      if (tensor && tensor.requires_grad()) tensor = tensor.detach();
  ensure_own_memory(tensors, since, create_graph);
  return tensors;
}

/// Gradients of x: zeros where there is no dependence, empty for integers. Outputs that require no gradient are
/// skipped.
Tensors gradients_of(std::span<const Tensor> outputs, std::span<const Tensor> given, std::span<const Tensor> x,
                     bool create_graph) {
  Tensors roots, root_gradients, wanted, found;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i] || !outputs[i].requires_grad()) continue;
    roots.push_back(outputs[i]);
    root_gradients.push_back(given[i]);
  }
  for (const Tensor& one : x)
    if (is_floating(one.dtype())) wanted.push_back(one);
  if (roots.empty())
    found.resize(wanted.size());
  else
    found = heed::grad(roots, wanted,
                       {.output_gradients = root_gradients, .retain_graph = true, .create_graph = create_graph});
  Tensors all;
  std::size_t next = 0;
  for (const Tensor& one : x) {
    all.emplace_back();
    if (!is_floating(one.dtype())) continue;
    Tensor& gradient = found[next++];
    all.back() = gradient ? std::move(gradient) : zeros(one.shape(), one.dtype());
  }
  return all;
}

/// Returns the gradient function of f, a function with one result of one element: one gradient for each floating point
/// input.
TensorFunction gradient_of(const char* who, const TensorFunction& f) {
  return [who, &f](std::span<const Tensor> x) {
    const Tensors y = f(x);
    if (y.size() != 1 || y[0].elements() != 1 || !is_floating(y[0].dtype()))
      fail("{}: the function must return one floating point number, but it returned {}", who,
           y.size() == 1 ? fmt::format("{} {}", name(y[0].dtype()), to_string(y[0].shape()))
                         : fmt::format("{} tensors", y.size()));
    Tensors gradients;
    for (Tensor& one : gradients_of(y, Tensors{ones(y[0].shape(), y[0].dtype())}, x, true))
      if (one) gradients.push_back(std::move(one));
    return gradients;
  };
}

}  // namespace

void check_arguments(const char* who, std::size_t arguments, std::size_t inputs) {
  if (arguments != 0 && arguments != inputs)
    fail("{}: {} inputs were given, but the function takes {}", who, inputs, arguments);
}

Derivatives jvp(const TensorFunction& f, std::span<const Tensor> inputs, std::span<const Tensor> tangents,
                const DerivativeOptions& options) {
  check_vectors("jvp", "tangent", "input", inputs, tangents);
  const std::uint64_t since = current_event();
  Grad scope;
  const Tensors x = variables(inputs, options.create_graph);
  Tensors y = f(x), v;
  for (const Tensor& one : y)
    v.push_back(is_floating(one.dtype()) ? zeros(one.shape(), one.dtype()).require_grad() : one);
  // The gradients are J^T v, linear in v; differentiating <J^T v, tangents> with respect to v gives J tangents.
  const Tensors gradients = gradients_of(y, v, x, true);
  return {finished(std::move(y), since, options.create_graph),
          finished(gradients_of(gradients, tangents, v, options.create_graph), since, options.create_graph)};
}

Derivatives vjp(const TensorFunction& f, std::span<const Tensor> inputs, std::span<const Tensor> gradients,
                const DerivativeOptions& options) {
  const std::uint64_t since = current_event();
  Grad scope;
  const Tensors x = variables(inputs, options.create_graph);
  Tensors y = f(x);
  check_vectors("vjp", "gradient", "result", y, gradients);
  Tensors found = gradients_of(y, gradients, x, options.create_graph);
  return {finished(std::move(y), since, options.create_graph), finished(std::move(found), since, options.create_graph)};
}

std::vector<Tensor> hvp(const TensorFunction& f, std::span<const Tensor> inputs, std::span<const Tensor> vectors,
                        const DerivativeOptions& options) {
  check_vectors("hvp", "vector", "input", inputs, vectors);
  Tensors of_floating;
  for (const Tensor& one : vectors)
    if (one) of_floating.push_back(one);
  return vjp(gradient_of("hvp", f), inputs, of_floating, options).derivatives;  // the Hessian is symmetric
}

std::vector<std::vector<Tensor>> jacobian(const TensorFunction& f, std::span<const Tensor> inputs,
                                          const DerivativeOptions& options) {
  const std::uint64_t since = current_event();
  Grad scope;
  const Tensors x = variables(inputs, options.create_graph), y = f(x);
  std::vector<Tensors> all;
  for (const Tensor& result : y) {
    all.emplace_back(x.size());
    if (!is_floating(result.dtype())) continue;
    std::vector<Tensors> rows(x.size());
    for (std::int64_t element = 0; element < result.elements(); ++element) {
      Tensor unit = zeros(result.shape(), result.dtype());
      if (result.dtype() == float32)
        fill<float>(unit)[element] = 1;
      else
        fill<double>(unit)[element] = 1;
      const Tensors row = gradients_of({&result, 1}, {&unit, 1}, x, options.create_graph);
      for (std::size_t i = 0; i < x.size(); ++i)
        if (row[i]) rows[i].push_back(reshape(row[i], {1, row[i].elements()}));
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!is_floating(x[i].dtype())) continue;
      Shape shape = result.shape();
      for (std::int64_t length : x[i].shape()) shape.push_back(length);
      all.back()[i] = rows[i].empty() ? zeros(shape, x[i].dtype()) : reshape(concat(rows[i]), shape);
    }
    all.back() = finished(std::move(all.back()), since, options.create_graph);
  }
  return all;
}

std::vector<std::vector<Tensor>> hessian(const TensorFunction& f, std::span<const Tensor> inputs,
                                         const DerivativeOptions& options) {
  std::vector<Tensors> rows = jacobian(gradient_of("hessian", f), inputs, options), all;
  std::size_t next = 0;
  for (const Tensor& x : inputs)
    all.push_back(is_floating(x.dtype()) ? std::move(rows[next++]) : Tensors(inputs.size()));
  return all;
}

}  // namespace heed::detail
