// What this machine can do at most, measured in the same run as what heed does.
#pragma once

namespace bench {

/// Multiply-adds in registers on as many threads as heed uses, for about this many seconds each: GFLOP/s of all
/// together, in float32 and the instruction set in use. The machine's clock and its neighbours change, so measure
/// around each row.
double fma_rate(double seconds);

}  // namespace bench
