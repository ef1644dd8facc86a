#include "onednn.h"

#include <dlfcn.h>
#include <dnnl.h>
#include <malloc.h>

#include <atomic>
#include <climits>
#include <mutex>

#include "../../../graph/fail.h"
#include "../../../graph/support/fork.h"
#include "../instruction_set.h"
#include "onednn_sequential.h"

namespace heed::kernels::onednn {
namespace {

thread_local bool is_running = false;

void check(dnnl_status_t status, const char* what) {
  if (status != dnnl_success) fail("{}: oneDNN failed with status {}", what, static_cast<int>(status));
}

/// Calls f once, in one thread; a fork in another thread waits until it ends.
template <class Function>
void once(std::atomic<bool>& done, const Function& f) {
  if (done.load(std::memory_order_acquire)) [[likely]]
    return;
  static auto& mutex = *new detail::ForkSafeMutex{detail::ForkOrder::tables};
  const std::lock_guard lock(mutex);
  if (done.load(std::memory_order_relaxed)) return;
  f();
  done.store(true, std::memory_order_release);
}

/// Configures oneDNN before its first use.
void prepare() {
  static constinit std::atomic<bool> done{false};
  once(done, [] {
    switch (instruction_set()) {
      case InstructionSet::baseline:
        dnnl_set_max_cpu_isa(dnnl_cpu_isa_sse41);
        break;
      case InstructionSet::avx2:
        dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx2);
        break;
      case InstructionSet::avx512:
        break;  // with its extensions: bfloat16, AMX
    }
    // oneDNN allocates its pack buffers, up to some megabytes, in nearly every call. Without these settings each would
    // be new pages from the system, and a page fault costs more than filling the page.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
  });
}

std::atomic<bool> is_destroyed{false};

/// Constructed right after oneDNN's static objects, so destroyed right before them.
struct BeforeDestruction {
  ~BeforeDestruction() { is_destroyed.store(true, std::memory_order_relaxed); }
};

/// oneDNN generates the code of dnnl_sgemm in its first calls, under locks that would stay locked in a forked child.
void generate_code() {
  static constinit std::atomic<bool> done{false};
  once(done, [] {
    constexpr dnnl_dim_t n = 16;
    const float operand[n * n] = {};
    float result[n * n];
    for (const char a : {'N', 'T'})
      for (const char b : {'N', 'T'}) dnnl_sgemm(a, b, n, n, n, 1, operand, n, operand, n, 0, result, n);
    static const BeforeDestruction sentinel;
  });
}

/// OpenMP's number of threads for the calling thread. Looked up at run time: oneDNN decides which OpenMP is loaded, and
/// a sequential build loads none.
struct OpenMp {
  int (*get_threads)() = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
  void (*set_threads)(int) = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
};

const OpenMp& openmp() {
  static const OpenMp it;
  return it;
}

}  // namespace

Sequential::Sequential() {
  prepare();
  if (openmp().get_threads && openmp().set_threads) threads_ = openmp().get_threads();
  if (threads_ != 1) openmp().set_threads(1);
  is_running = true;
}

Sequential::~Sequential() {
  is_running = false;
  if (threads_ != 1) openmp().set_threads(threads_);
}

bool running() { return is_running; }

bool has_sgemm() { return !is_destroyed.load(std::memory_order_relaxed); }

void sgemm(const Gemm<float>& g) {
  const Sequential sequential;
  generate_code();
  check(dnnl_sgemm(g.transpose_a ? 'T' : 'N', g.transpose_b ? 'T' : 'N', g.m, g.n, g.k, g.alpha, g.a, g.lda, g.b, g.ldb,
                   g.beta, g.c, g.ldc),
        "gemm");
}

}  // namespace heed::kernels::onednn
