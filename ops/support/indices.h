// Internal: tensors of indices, checked once so that kernels can rely on them.
#pragma once

#include <optional>

#include "../../graph/tensor.h"

namespace heed::detail {

/// Returns the indices in row-major order as int64 [elements]; those equal to `ignored` become -1. Throws Error unless
/// they are int64 or int32 and each is in [0, count) or equal to `ignored`:
///   "embedding: the index at [2, 0] is 7, but the table has 5 rows"
Tensor checked_indices(const char* op, const char* what, const Tensor& indices, std::int64_t count, const char* owner,
                       const char* unit, std::optional<std::int64_t> ignored = {});

}  // namespace heed::detail
