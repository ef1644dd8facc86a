// Scope in which oneDNN runs on the calling thread alone.
#pragma once

#include <dnnl_config.h>

#include "../../../graph/support/blocked_signals.h"

#if DNNL_CPU_RUNTIME == DNNL_RUNTIME_TBB || DNNL_CPU_RUNTIME == DNNL_RUNTIME_THREADPOOL
#error "heed calls oneDNN sequentially from its own threads: it needs a oneDNN built for OpenMP, or sequential"
#endif

namespace heed::kernels::onednn {

/// During its lifetime the calling thread is inside oneDNN, with one OpenMP thread, since TBB has the only others.
/// Restores the number of OpenMP threads for callers who use OpenMP. Primitives are created in this scope, too: they
/// store the number.
///
/// Signals are blocked. The code that oneDNN generates for dnnl_sgemm under AVX2 and AVX-512 stores data where a signal
/// handler would overwrite it: below the stack pointer, or in a buffer that the stack pointer points into.
class Sequential {
 public:
  Sequential();
  ~Sequential();
  Sequential(const Sequential&) = delete;

 private:
  detail::BlockedSignals blocked_;
  int threads_ = 1;
};

}  // namespace heed::kernels::onednn
