// Peak rate of this machine, measured in the same run as heed.
#pragma once

namespace bench {

/// Returns the total GFLOP/s of multiply-adds in registers on heed's number of threads, each for about `seconds`, in
/// float32 and the instruction set in use. The clock rate and the load of the machine change, so measure around each
/// row.
double fma_rate(double seconds);

}  // namespace bench
