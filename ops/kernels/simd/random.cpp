#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "../random.h"
#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

using Words = Vector<std::uint32_t>;
constexpr int lanes = Words::lanes;
constexpr Index group = 64;  // words of a group: 16 blocks, independent of the vector width

/// The full 64-bit products of the even lanes. GCC 12 does not generate this instruction from the vector extension.
HEED_INLINE Words::Raw multiply_even(Words::Raw a, Words::Raw b) {
#if HEED_VECTOR_BYTES == 64
  // Without a mask GCC 12 gives a false warning.
  return Words::Raw(_mm512_maskz_mul_epu32(0xff, __m512i(a), __m512i(b)));
#elif HEED_VECTOR_BYTES == 32
  return Words::Raw(_mm256_mul_epu32(__m256i(a), __m256i(b)));
#elif defined(__x86_64__)
  return Words::Raw(_mm_mul_epu32(__m128i(a), __m128i(b)));
#else
  typedef std::uint64_t Long __attribute__((vector_size(HEED_VECTOR_BYTES)));
  const Long lower = Long{} + 0xffffffffu;
  return Words::Raw((Long(a) & lower) * (Long(b) & lower));
#endif
}

struct Product {
  Words high, low;
};

HEED_INLINE Product multiply(Words a, std::uint32_t factor) {
  typedef std::uint64_t Long __attribute__((vector_size(HEED_VECTOR_BYTES)));
  const Words::Raw b = Words(factor).raw;
  const Words::Raw odd_lanes = Words::Raw(Long(a.raw) >> 32);
  const Long even = Long(multiply_even(a.raw, b)), odd = Long(multiply_even(odd_lanes, b));
  const Long upper = Long{} + 0xffffffff00000000u;
  return {Words::Raw((even >> 32) | (odd & upper)), Words(a.raw * b)};
}

/// Word k of the blocks first, first + 1, ..., one in each lane.
struct Blocks {
  Words word[4];
};

HEED_INLINE Blocks philox(RandomStream key, std::uint64_t first) {
  const auto low = [](std::uint64_t x) HEED_LAMBDA { return static_cast<std::uint32_t>(x); };
  const auto high = [](std::uint64_t x) HEED_LAMBDA { return static_cast<std::uint32_t>(x >> 32); };
  // first is a multiple of 16, so its lower half does not overflow within the lanes.
  Words c0 = ascending(low(first)), c1 = high(first), c2 = low(key.stream), c3 = high(key.stream);
  std::uint32_t k0 = low(key.seed), k1 = high(key.seed);
  for (int round = 0; round < 10; ++round) {
    const Product p = multiply(c0, 0xD2511F53u), q = multiply(c2, 0xCD9E8D57u);
    c0 = q.high.raw ^ c1.raw ^ Words(k0).raw;
    c2 = p.high.raw ^ c3.raw ^ Words(k1).raw;
    c1 = q.low;
    c3 = p.low;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

/// The words of one group, in the order of the stream.
struct Group {
  std::uint32_t word[group];
};

HEED_INLINE void generate_words(RandomStream key, Index number, Group& out) {
  for (int first = 0; first < 16; first += lanes) {
    const Blocks blocks = philox(key, static_cast<std::uint64_t>(16 * number + first));
    for (int k = 0; k < 4; ++k) heed::kernels::store(out.word + 16 * k + first, blocks.word[k]);
  }
}

/// Generates elements [begin, begin + n), `per_group` from each group of words: make(group, all) computes all elements
/// of a group, and take(offset from begin, all + start, count) gets the requested part.
template <class T, int per_group, class Make, class Take>
HEED_INLINE void by_group(RandomStream key, Index begin, Index n, Make make, Take take) {
  Group words;
  T all[per_group];
  for (Index number = begin / per_group; number * per_group < begin + n; ++number) {
    generate_words(key, number, words);
    make(words, all);
    const Index from = number * per_group, start = from < begin ? begin - from : 0;
    const Index stop = from + per_group > begin + n ? begin + n - from : per_group;
    take(from + start - begin, all + start, stop - start);
  }
}

template <class T, int per_group, class Make>
HEED_INLINE void fill_by_group(RandomStream key, Index begin, T* y, Index n, Make make) {
  by_group<T, per_group>(key, begin, n, make, [=](Index at, const T* values, Index count) HEED_LAMBDA {
    std::memcpy(y + at, values, static_cast<std::size_t>(count) * sizeof(T));
  });
}

void random_words(RandomStream key, Index begin, std::uint32_t* y, Index n) {
  fill_by_group<std::uint32_t, group>(key, begin, y, n, [](const Group& words, std::uint32_t* all) HEED_LAMBDA {
    std::memcpy(all, &words, sizeof words);
  });
}

/// 64 bits for double element i of a group: words 32 * (i / 16) + i % 16 and, 16 later, the upper half.
HEED_INLINE std::uint64_t long_word(const Group& words, int i) {
  const int low = 32 * (i / 16) + i % 16;
  return words.word[low] | std::uint64_t{words.word[low + 16]} << 32;
}

void uniform_float(RandomStream key, Index begin, float* y, Index n) {
  fill_by_group<float, group>(key, begin, y, n, [](const Group& words, float* all) HEED_LAMBDA {
    for (int i = 0; i < group; ++i)
      all[i] = static_cast<float>(static_cast<std::int32_t>(words.word[i] >> 8)) * 0x1p-24f;
  });
}

void uniform_double(RandomStream key, Index begin, double* y, Index n) {
  fill_by_group<double, group / 2>(key, begin, y, n, [](const Group& words, double* all) HEED_LAMBDA {
    for (int i = 0; i < group / 2; ++i) {
      all[i] = static_cast<double>(static_cast<std::int64_t>(long_word(words, i) >> 11)) * 0x1p-53;
    }
  });
}

/// Element i of the first 16 of 32 is sqrt(-2 log u) cos(2 pi v), element i + 16 the same with sin, where u in (0, 1]
/// comes from the word or long word of element i and v in [0, 1) from that of i + 16. Computed in double by the C
/// library, without sums, so that every instruction set gives the same bits.
HEED_INLINE void box_muller(double u, double v, double& cosine, double& sine) {
  const double radius = __builtin_sqrt(-2 * __builtin_log(u)), angle = 6.283185307179586477 * v;
  cosine = radius * __builtin_cos(angle);
  sine = radius * __builtin_sin(angle);
}

void normal_float(RandomStream key, Index begin, float* y, Index n) {
  fill_by_group<float, group>(key, begin, y, n, [](const Group& words, float* all) HEED_LAMBDA {
    for (int i = 0; i < group; i += i % 32 == 15 ? 17 : 1) {
      double cosine, sine;
      box_muller((words.word[i] + 1.0) * 0x1p-32, words.word[i + 16] * 0x1p-32, cosine, sine);
      all[i] = static_cast<float>(cosine);
      all[i + 16] = static_cast<float>(sine);
    }
  });
}

void normal_double(RandomStream key, Index begin, double* y, Index n) {
  fill_by_group<double, group / 2>(key, begin, y, n, [](const Group& words, double* all) HEED_LAMBDA {
    for (int i = 0; i < 16; ++i) {
      const double u = static_cast<double>((long_word(words, i) >> 11) + 1) * 0x1p-53;
      box_muller(u, static_cast<double>(long_word(words, i + 16) >> 11) * 0x1p-53, all[i], all[i + 16]);
    }
  });
}

/// Computes the factors of a group first, by comparing the 16 bits of each element with the threshold, then multiplies.
template <class T>
void dropout(RandomStream key, Index begin, double p, const T* x, T* y, Index n) {
  const auto threshold = static_cast<std::uint32_t>(65536 * p + 0.5);
  const T kept = static_cast<T>(1 / (1 - p));
  by_group<T, 2 * group>(
      key, begin, n,
      [=](const Group& words, T* all) HEED_LAMBDA {
        for (int block = 0; block < 4; ++block) {
          for (int i = 0; i < 16; ++i) {
            const std::uint32_t word = words.word[16 * block + i];
            all[32 * block + i] = (word & 0xffff) >= threshold ? kept : T(0);
            all[32 * block + 16 + i] = (word >> 16) >= threshold ? kept : T(0);
          }
        }
      },
      [=](Index at, const T* factors, Index count) HEED_LAMBDA {
        each<T>(count, [=](auto i) HEED_LAMBDA {
          const Vector<T> factor = load(factors, i);
          store(y + at, i, where(factor == T(0), T(0), load(x + at, i) * factor));
        });
      });
}

}  // namespace

HEED_REGISTER_KERNELS(RandomKernels) = {.random_words = random_words};
HEED_REGISTER_KERNELS(DistributionKernels<float>) = {
    .uniform = uniform_float, .normal = normal_float, .dropout = dropout<float>};
HEED_REGISTER_KERNELS(DistributionKernels<double>) = {
    .uniform = uniform_double, .normal = normal_double, .dropout = dropout<double>};

}  // namespace heed::kernels::HEED_TARGET
