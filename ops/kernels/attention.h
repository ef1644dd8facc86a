// Attention of one head of one sequence, computed in tiles of scores. Sequential: the caller distributes heads and
// blocks of queries over threads.
//
//   s[i, j] = scale * dot(query[i], key[j])        for the keys j that query i sees
//             or with terms that depend on the distance d = queries - 1 + j - i, 0 for the farthest key before a query:
//             scale * dot(query[i], key[j] + distance_key[d]) + distance_bias[d]
//   w[i, j] = exp(s[i, j]) / (sum over j of exp(s[i, j]))
//   y[i] = sum over j of z(i, j) * w[i, j] * (value[j] + distance_value[d])
//
// where z(i, j), without dropout 1, is 0 or 1 / (1 - dropout). Keys that are not seen have weight 0 and no effect, even
// if they are NaN or infinite. A row that sees no key has y = 0, and its shift and factor are 0.
#pragma once

#include "random.h"
#include "views.h"

namespace heed::kernels {

/// Maximum number of consecutive keys that a mask is asked about in one call.
inline constexpr Index attention_max_keys = 512;

/// Keys of a tile that a query sees: [begin, end), or only those with keep[j - the tile's first key].
struct SeenKeys {
  Index begin, end;
  const bool* keep;
};

/// Attention mask of a sequence: the keys that each query sees.
class KeyMask {
 public:
  /// Bounds of the keys that the queries [begin, end) see: [first_key, end_key), empty if end_key is not larger.
  virtual Index first_key(Index begin, Index end) const = 0;
  virtual Index end_key(Index begin, Index end) const = 0;
  /// Returns which of the keys [key, end) query i sees. The buffer has room for end - key keys.
  virtual SeenKeys row(Index i, Index key, Index end, bool* buffer) const = 0;

 protected:
  ~KeyMask() = default;
};

/// Terms that depend only on the distance, queries + keys - 1 of each; null: none.
template <class T>
struct DistanceTerms {
  T* bias = nullptr;
  Rows<T> key{}, value{};
};

/// float and double. The elements of a row are contiguous; the rows of a matrix must not overlap.
template <class T>
struct AttentionHead {
  Index queries, keys, key_width, value_width;
  Rows<const T> query, key, value;
  T scale;
  const KeyMask* mask;

  // z(i, j) is given by element draw + i * draw_step + j of the stream, independent of the tiles.
  double dropout;  // 0 <= dropout < 1
  RandomStream stream;
  Index draw, draw_step;

  DistanceTerms<const T> distance = {};
};

/// Normalisation of the weights: with x[i, j] = s[i, j] / size, where size is the magnitude of the scale (1 if that is
/// 0, or with a bias), shift[i] = max over j of x[i, j] and w[i, j] = factor[i] * exp(size * (x[i, j] - shift[i])).
template <class T>
struct WeightNormalization {
  T* shift = nullptr;
  T* factor = nullptr;
};

/// Number of queries of a tile. The caller splits the queries of a head into blocks of this size. Measured on Zen 5
/// with 512 queries and keys: 64, 128 and 256 reach 84, 87 and 84 % of the rate of the products alone forward and 82,
/// 83 and 85 backward; 2,048: 74, 78, 81 and 73, 81, 83. Larger blocks lose under a causal mask, where half of the tile
/// on the diagonal is computed but not used: 65, 63 and 54 forward at 512.
inline constexpr Index attention_query_block = 128;

/// Computes y and, unless they are null, shift and factor of the queries [begin, end), at most attention_query_block of
/// them.
template <class T>
void attention(const AttentionHead<T>& head, Index begin, Index end, Rows<T> y, WeightNormalization<T> weights);

/// Results of the forward pass that the backward pass needs, and the gradient of y.
template <class T>
struct AttentionOutput {
  Rows<const T> y, dy;
  WeightNormalization<const T> weights;
};

/// Pairs of query and key that enter the products of a tile: all, with weight 0 for pairs that are not seen, which is
/// wrong if their rows have NaN or infinity; or only the pairs that are seen. If all rows are finite, both give the
/// same bits.
enum class Pairs { all, seen };

/// Returns true if no element is NaN or infinite. May also return false if large elements of a column cancel.
template <class T>
bool are_finite(Rows<const T> x, Index rows, Index width);

/// Gradients with begin = null are not computed.
template <class T>
struct AttentionGradients {
  Rows<T> query, key, value;
  DistanceTerms<T> distance = {};
};

/// Sets the gradient of the queries, and accumulates into those of keys and values, which the heads of a group share,
/// and into those of distances. With Pairs::all the caller must check that the results are finite and, if there is a
/// mask and they are not, call it again with Pairs::seen.
///   dw[i, j] = z(i, j) * dot(dy[i], value[j])      ds[i, j] = w[i, j] * (dw[i, j] - dot(dy[i], y[i]))
///   dquery[i] = scale * sum over j of ds[i, j] * key[j]
///   dkey[j] = scale * sum over i of ds[i, j] * query[i]
///   dvalue[j] = sum over i of z(i, j) * w[i, j] * dy[i]
/// The gradients of a distance are the sums over its pairs of the gradients of the key and the value of a pair, and of
/// ds. Dao et al. 2022, arXiv:2205.14135, appendix B.2.
template <class T>
void attention_backward(const AttentionHead<T>& head, const AttentionOutput<T>& output,
                        const AttentionGradients<T>& gradients, Pairs pairs);

}  // namespace heed::kernels
