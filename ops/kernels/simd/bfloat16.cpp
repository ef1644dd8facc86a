#include "../gemm/gemm_bfloat16.h"
#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

constexpr Index columns = 64;

/// Interleaves two rows of 64 elements. A pair is a 32-bit lane: two roundings and a shift.
void pair(const float* first, const float* second, std::uint32_t* y) {
  for (Index j = 0; j < columns; ++j)
    y[j] = sixteen_bits::bfloat16_bits(first[j]) | std::uint32_t{sixteen_bits::bfloat16_bits(second[j])} << 16;
}

void pack_pairs(Block size, Rows<const float> x, Bfloat16* y) {
  float rows[2][columns] = {};
  std::uint32_t pairs[columns];
  for (Index i = 0; i < size.rows; i += 2, y += 2 * columns) {
    const bool is_last = i + 1 == size.rows;
    if (size.width == columns && !is_last) {
      pair(x[i], x[i + 1], pairs);
    } else {
      const auto bytes = static_cast<std::size_t>(size.width) * sizeof(float);
      std::memcpy(rows[0], x[i], bytes);
      if (is_last) {
        std::memset(rows[1], 0, sizeof rows[1]);
      } else {
        std::memcpy(rows[1], x[i + 1], bytes);
      }
      pair(rows[0], rows[1], pairs);
    }
    std::memcpy(y, pairs, sizeof pairs);
  }
}

}  // namespace

HEED_REGISTER_KERNELS(Bfloat16Kernels) = {.pack_pairs = pack_pairs};

}  // namespace heed::kernels::HEED_TARGET
