// A malloc that counts, for programs that count_malloc.cpp is linked into. new and the aligned forms come here too.
#pragma once

#include <atomic>

namespace test {
/// Calls by heed and its program, and those made inside oneDNN's functions.
extern std::atomic<long> mallocs, mallocs_onednn;
}  // namespace test
