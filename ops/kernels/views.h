// Memory as kernels see it: pointers, strides and sizes.
#pragma once

#include <cstdint>

namespace heed::kernels {

using Index = std::int64_t;

/// Elements begin[0], begin[stride], begin[2 * stride], ...; stride 0 broadcasts one element.
template <class T>
struct Run {
  T* begin;
  Index stride = 1;
};

/// Row r starts at begin + r * stride; the elements of a row are contiguous.
template <class T>
struct Rows {
  T* begin;
  Index stride;
  T* operator[](Index r) const { return begin + r * stride; }
};

/// The size of a block of rows.
struct Block {
  Index rows, width;
};

}  // namespace heed::kernels
