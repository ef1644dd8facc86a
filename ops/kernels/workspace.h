// Scratch memory of a thread. It grows to the largest size requested and is kept until the thread ends.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heed::kernels {

/// Use of a buffer. A thread has one buffer for each.
enum class Workspace {
  chunk,   // of a chunk of a product
  shared,  // of the thread that starts chunks, read by all of them
  onednn,  // of a primitive
  unfold,  // of a chunk of a convolution, in addition to that of its products
};
inline constexpr int workspaces = 4;

/// Returns at least `bytes` bytes, aligned to 64 bytes and uninitialised. Valid until the next call for the same use.
void* workspace(Workspace which, std::size_t bytes);

template <Workspace which, class T>
T* workspace(std::int64_t elements) {
  return static_cast<T*>(workspace(which, static_cast<std::size_t>(elements) * sizeof(T)));
}

}  // namespace heed::kernels
