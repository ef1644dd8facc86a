// All of oneDNN behind one file: it compiles with oneDNN 2.6 and 3.x, and calls it sequentially, on the thread that
// asks.
#pragma once

#include "gemm.h"

namespace heed::kernels::onednn {

/// c = alpha op(a) op(b) + beta c by dnnl_sgemm; the bias is not added, and no size is 0.
void sgemm(const Gemm<float>& product);

/// Whether this thread is inside one of oneDNN's functions, which malloc: for tests that count heed's own calls.
bool running();

}  // namespace heed::kernels::onednn
