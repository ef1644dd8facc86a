// How the library's files for oneDNN call it: on the calling thread alone.
#pragma once

#include <dnnl_config.h>

#include "../../graph/blocked_signals.h"

#if DNNL_CPU_RUNTIME == DNNL_RUNTIME_TBB || DNNL_CPU_RUNTIME == DNNL_RUNTIME_THREADPOOL
#error "heed calls oneDNN sequentially from threads of its own: it needs a oneDNN built for OpenMP, or sequential"
#endif

namespace heed::kernels::onednn {

/// While it lives, this thread is inside oneDNN, which sees one OpenMP thread: TBB's are the only ones. The number is
/// put back for the sake of callers who use OpenMP themselves. Primitives are made under it too: they keep the number.
///
/// Signals are blocked. The code that oneDNN generates for dnnl_sgemm, under AVX2 and AVX-512, keeps data where it
/// tells the system that none is: below the stack pointer, or in a buffer that the stack pointer points into.
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
