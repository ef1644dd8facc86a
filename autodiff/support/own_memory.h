// Copies of results that share memory, so that an in-place write changes no other tensor.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "../../graph/tensor.h"

namespace heed::detail {

/// Returns true if no other handle, view or node shares the tensor's memory.
bool is_sole_owner(const Tensor& tensor);

/// Copies the tensor if another one shares its memory, or if it is broadcast (stride 0). Recorded tensors may share
/// memory with their graph: they are copied only if the memory was allocated before the event `since` or is `taken` by
/// another result; the copy is recorded too.
void ensure_own_memory(Tensor& tensor, std::uint64_t since, bool recorded, std::vector<const Storage*>& taken);
/// Applies it to each tensor; empty handles are skipped.
void ensure_own_memory(std::span<Tensor> tensors, std::uint64_t since, bool recorded);

}  // namespace heed::detail
