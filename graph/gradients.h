// Inputs of a differentiable op, and the gradients with respect to them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <utility>

#include "detail/small_vector.h"
#include "tensor.h"

namespace heed {

/// References to the input tensors of an op: {x, weight}, or a span for ops with any number of inputs.
class Inputs {
 public:
  /// Reference to an input.
  struct Reference {
    /// The tensor.
    const Tensor* tensor;
    /// Refers to a tensor.
    Reference(const Tensor& t) : tensor(&t) {}
  };
  /// A fixed number of inputs: {x, weight}.
  Inputs(std::initializer_list<Reference> references) : references_(std::data(references)), size_(references.size()) {}
  /// Any number of inputs.
  Inputs(std::span<const Tensor> tensors) : tensors_(tensors.data()), size_(tensors.size()) {}
  /// Number of inputs.
  std::size_t size() const { return size_; }
  /// Input i.
  const Tensor& operator[](std::size_t i) const { return references_ ? *references_[i].tensor : tensors_[i]; }

 private:
  const Reference* references_ = nullptr;
  const Tensor* tensors_ = nullptr;
  std::size_t size_;
};

namespace detail {
bool gradient_is_needed(std::size_t input);
}

/// Result of a gradient function: one tensor for each input, in order, or a function that computes it, which is called
/// only if that input needs a gradient:  Gradients{[&] { return matmul(dy, transpose(w)); }, dy}.  An empty Tensor
/// means zero.
class Gradients {
 public:
  Gradients() = default;
  /// Gradients of all inputs in order: tensors, or functions that return one.
  template <class... Each>
    requires((sizeof...(Each) > 0) && (!std::is_same_v<std::remove_cvref_t<Each>, Gradients> && ...))
  explicit(false) Gradients(Each&&... each) {
    (add(std::forward<Each>(each)), ...);
  }
  /// Gradients of any number of inputs: make(i) is called for each input i that needs a gradient.
  template <class Make>
  static Gradients each(std::size_t inputs, const Make& make) {
    Gradients all;
    for (std::size_t i = 0; i < inputs; ++i) all.add([&] { return make(i); });
    return all;
  }
  /// Number of inputs.
  std::size_t size() const { return tensors_.size(); }
  /// Gradient of input i.
  Tensor& operator[](std::size_t i) { return tensors_[i]; }

 private:
  template <class One>
  void add(One&& one) {
    if constexpr (std::is_invocable_v<One>) {
      tensors_.push_back(detail::gradient_is_needed(tensors_.size()) ? one() : Tensor{});
    } else {
      tensors_.push_back(std::forward<One>(one));
    }
  }
  detail::SmallVector<Tensor, 6> tensors_;
};

/// Number of nodes that exist now, in all threads. A step whose results have been destroyed leaves it unchanged.
std::int64_t live_nodes();

}  // namespace heed
