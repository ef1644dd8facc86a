// Results that share memory with nothing, so that writing one in place changes no other tensor.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "../graph/tensor.h"

namespace heed::detail {

/// Returns true if nobody else can see the tensor's memory.
bool is_sole_owner(const Tensor& tensor);

/// Copies the tensor if its memory can be seen through another one, or holds one element for several. Of tensors that
/// belong to a graph, which keeps what it needs, only what others can reach counts: memory that was made before the
/// event `since`, or that is `taken` by another result; the copy belongs to the graph too.
void give_own_memory(Tensor& tensor, std::uint64_t since, bool recorded, std::vector<const Storage*>& taken);
/// Each of them; empty handles stay.
void give_own_memory(std::span<Tensor> tensors, std::uint64_t since, bool recorded);

}  // namespace heed::detail
