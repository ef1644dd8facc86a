#include <atomic>
#include <dnnl.hpp>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

#include "../../../graph/fail.h"
#include "../../../graph/support/fork.h"
#include "../instruction_set.h"
#include "../workspace.h"
#include "onednn.h"
#include "onednn_sequential.h"

namespace heed::kernels::onednn {
namespace {

using detail::ForkOrder, detail::ForkSafeMutex;
using dnnl::memory;

// Never destroyed: static objects may compute in their destructors.
const dnnl::engine& cpu() {
  static const auto& it = *new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return it;
}

dnnl::matmul::primitive_desc description(const Bfloat16Product& shape) {
  using Type = memory::data_type;
  using Tag = memory::format_tag;
  const memory::desc a({shape.m, shape.k}, Type::bf16, shape.transpose_a ? Tag::ba : Tag::ab);
  const memory::desc b({shape.k, shape.n}, Type::bf16, Tag::BA16a64b2a);
  const memory::desc bias = shape.has_bias ? memory::desc({1, shape.n}, Type::f32, Tag::ab) : memory::desc();
  const memory::desc c({shape.m, shape.n}, Type::f32, Tag::ab);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (shape.accumulate) {
    dnnl::post_ops after;
    after.append_sum(1);
    attributes.set_post_ops(after);
  }
#if DNNL_VERSION_MAJOR < 3
  return {dnnl::matmul::desc(a, b, bias, c), attributes, cpu()};
#else
  return {cpu(), a, b, bias, c, attributes};
#endif
}

/// A primitive with its arguments, which are set in each call. Each thread has its own.
class Prepared {
 public:
  explicit Prepared(const dnnl::matmul::primitive_desc& made)
      : primitive_(made),
        a_(made.src_desc(), cpu(), nullptr),
        b_(made.weights_desc(), cpu(), nullptr),
        c_(made.dst_desc(), cpu(), nullptr),
        scratchpad_(made.scratchpad_desc(), cpu(), nullptr),
        bytes_(made.scratchpad_desc().get_size()) {
    if (made.bias_desc().get_size() > 0) bias_ = memory(made.bias_desc(), cpu(), nullptr);
  }

  dnnl_status_t run(dnnl_stream_t stream, const Bfloat16* a, const Bfloat16* b, const float* bias, float* c) const {
    dnnl_exec_arg_t arguments[5];
    int count = 0;
    const auto add = [&](int name, const memory& of, const void* data) {
      dnnl_memory_set_data_handle(of.get(), const_cast<void*>(data));
      arguments[count++] = {name, of.get()};
    };
    add(DNNL_ARG_SRC, a_, a);
    add(DNNL_ARG_WEIGHTS, b_, b);
    add(DNNL_ARG_DST, c_, c);
    add(DNNL_ARG_SCRATCHPAD, scratchpad_, workspace(Workspace::onednn, bytes_));
    if (bias_) add(DNNL_ARG_BIAS, bias_, bias);
    return dnnl_primitive_execute(primitive_.get(), stream, count, arguments);
  }

 private:
  dnnl::matmul primitive_;
  memory a_, b_, c_, scratchpad_, bias_;
  std::size_t bytes_;
};

/// Stream and primitives of a thread.
struct OwnPrimitives {
  dnnl::stream stream{cpu()};
  std::map<Bfloat16Product, Prepared> prepared;
};
constinit thread_local OwnPrimitives* own_primitives = nullptr;

struct AtThreadEnd {
  ~AtThreadEnd() { delete std::exchange(own_primitives, nullptr); }
};

/// Held while a thread creates primitives: the locks of oneDNN's primitive cache are not fork-safe.
ForkSafeMutex& making_primitives() {
  static auto& mutex = *new ForkSafeMutex{ForkOrder::tables};
  return mutex;
}

std::atomic<bool> is_destroyed{false};

/// Constructed after the static objects with which oneDNN creates primitives, so destroyed right before them: from then
/// on no primitives can be created, but existing ones run.
struct BeforeDestruction {
  ~BeforeDestruction() { is_destroyed.store(true, std::memory_order_relaxed); }
};

/// Slow product without oneDNN.
void multiply_here(const Bfloat16Product& shape, const Bfloat16* a, const Bfloat16* packed_b, const float* bias,
                   float* c) {
  constexpr std::int64_t width = Bfloat16Product::columns;
  for (std::int64_t row = 0; row < shape.m; ++row)
    for (std::int64_t column = 0; column < shape.n; ++column) {
      const Bfloat16* const panel = packed_b + column / width * width * shape.k;
      float sum = 0;
      for (std::int64_t term = 0; term < shape.k; ++term)
        sum += float(a[shape.transpose_a ? term * shape.m + row : row * shape.k + term]) *
               float(panel[(term / 2 * width + column % width) * 2 + term % 2]);
      float& to = c[row * shape.n + column];
      to = (shape.accumulate ? to : 0) + sum + (shape.has_bias ? bias[column] : 0);
    }
}

}  // namespace

bool has_bfloat16() {
  static const bool found = [] {
    if (instruction_set() != InstructionSet::avx512) return false;
    const Sequential sequential;
    const std::lock_guard lock(making_primitives());
    try {
      const dnnl::matmul::primitive_desc made = description({.m = 64, .n = 64, .k = 64});
      static const BeforeDestruction sentinel;
      return std::string_view(made.impl_info_str()).starts_with("brg");  // others convert to float32, slowly
    } catch (const dnnl::error&) {
      return false;
    }
  }();
  return found;
}

void multiply(const Bfloat16Product& shape, const Bfloat16* a, const Bfloat16* packed_b, const float* bias, float* c) {
  // oneDNN caches the primitives of all threads; each thread keeps its arguments for them.
  const Sequential sequential;
  try {
    if (!own_primitives) {
      thread_local AtThreadEnd at_end;
      own_primitives = new OwnPrimitives;
    }
    auto& [stream, prepared] = *own_primitives;
    auto found = prepared.find(shape);
    if (found == prepared.end()) {
      if (is_destroyed.load(std::memory_order_relaxed)) return multiply_here(shape, a, packed_b, bias, c);
      constexpr std::size_t most = 2048;  // bounds the memory when shapes keep changing, as in ragged batches
      if (prepared.size() >= most) prepared.clear();
      const std::lock_guard lock(making_primitives());
      found = prepared.try_emplace(shape, description(shape)).first;
    }
    if (found->second.run(stream.get(), a, packed_b, bias, c) == dnnl_success) return;
  } catch (const dnnl::error& error) {
    fail("matmul: oneDNN cannot multiply [{}, {}] with [{}, {}] of bfloat16: {}", shape.m, shape.k, shape.k, shape.n,
         error.what());
  }
  fail("matmul: oneDNN failed to multiply [{}, {}] with [{}, {}] of bfloat16", shape.m, shape.k, shape.k, shape.n);
}

}  // namespace heed::kernels::onednn
