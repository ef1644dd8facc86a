// Attention of one head of one sequence, a tile of scores at a time. Sequential: the caller gives heads and blocks of
// queries to threads.
//
//   s[i, j] = scale * dot(query[i], key[j])        for the keys j that query i sees
//             or with what depends on the distance d = queries - 1 + j - i, 0 for the farthest key before a query:
//             scale * dot(query[i], key[j] + distance_key[d]) + distance_bias[d]
//   w[i, j] = exp(s[i, j]) / (sum over j of exp(s[i, j]))
//   y[i] = sum over j of z(i, j) * w[i, j] * (value[j] + distance_value[d])
//
// where z(i, j), without dropout 1, is 0 or 1 / (1 - dropout). What is not seen has weight 0 and takes no part, also
// where it is NaN or infinite. So has all of a row that sees no key; its shift and factor are 0.
#pragma once

#include "random.h"
#include "views.h"

namespace heed::kernels {

/// How many neighbouring keys a mask is asked about at a time, at most.
inline constexpr Index attention_most_keys = 512;

/// Keys of a tile that a query sees: [begin, end), or those of them with keep[j - the tile's first key].
struct SeenKeys {
  Index begin, end;
  const bool* keep;
};

/// Which keys the queries of a sequence see.
class KeyMask {
 public:
  /// What the queries [begin, end) see lies in [first_key, end_key), which is empty if end_key is not larger.
  virtual Index first_key(Index begin, Index end) const = 0;
  virtual Index end_key(Index begin, Index end) const = 0;
  /// What query i sees of the keys [key, end), which is inside them. The buffer has room for end - key keys.
  virtual SeenKeys row(Index i, Index key, Index end, bool* buffer) const = 0;

 protected:
  ~KeyMask() = default;
};

/// What depends on the distance alone, queries + keys - 1 of each; null: there is none.
template <class T>
struct OfDistances {
  T* bias = nullptr;
  Rows<T> key{}, value{};
};

/// float and double. The elements of a row lie side by side; the rows of a matrix must not overlap.
template <class T>
struct AttentionHead {
  Index queries, keys, key_width, value_width;
  Rows<const T> query, key, value;
  T scale;
  const KeyMask* mask;

  // z(i, j) is decided by element draw + i * draw_step + j of the stream: by place, not by tile.
  double dropout;  // 0 <= dropout < 1
  RandomStream stream;
  Index draw, draw_step;

  OfDistances<const T> distance = {};
};

/// What makes weights of scores: with x[i, j] = s[i, j] / size, where size is the magnitude of the scale (1 if that is
/// 0, or with a bias), shift[i] = max over j of x[i, j] and w[i, j] = factor[i] * exp(size * (x[i, j] - shift[i])).
template <class T>
struct WeightsOfRows {
  T* shift = nullptr;
  T* factor = nullptr;
};

/// How many queries share a tile: the caller cuts the queries of a head into blocks of this many. Measured on Zen 5
/// with 512 queries and keys: 64, 128 and 256 reach 84, 87 and 84 % of the rate of the products alone forward and 82,
/// 83 and 85 backward; 2,048: 74, 78, 81 and 73, 81, 83. Larger blocks lose under a causal mask, where half of the tile
/// on the diagonal is computed in vain: 65, 63 and 54 forward at 512.
inline constexpr Index attention_query_block = 128;

/// y and, unless they are null, shift and factor of the queries [begin, end), at most attention_query_block of them.
template <class T>
void attention(const AttentionHead<T>& head, Index begin, Index end, Rows<T> y, WeightsOfRows<T> weights);

/// What the backward pass needs of the forward pass, and the gradient of y.
template <class T>
struct AttentionOutput {
  Rows<const T> y, dy;
  WeightsOfRows<const T> weights;
};

/// What the products of a tile take in: its scores as they are, with a weight of 0 for a pair that is not seen, which
/// is not enough where such a pair's rows have NaN or infinity; or the pairs that are seen alone, whatever the rows
/// hold. Where all rows are finite both give the same bits.
enum class Pairs { all, seen };

/// Returns true if no element is NaN or infinite. It may also be false where large elements of a column cancel.
template <class T>
bool are_finite(Rows<const T> x, Index rows, Index width);

/// The gradient with begin = null is not computed.
template <class T>
struct AttentionGradients {
  Rows<T> query, key, value;
  OfDistances<T> distance = {};
};

/// Sets the gradient of the queries, and adds to those of keys and values, which the heads of a group share, and to
/// those of distances. With Pairs::all it is for the caller to look whether the results are finite and, if there is a
/// mask and they are not, to begin again with Pairs::seen.
///   dw[i, j] = z(i, j) * dot(dy[i], value[j])      ds[i, j] = w[i, j] * (dw[i, j] - dot(dy[i], y[i]))
///   dquery[i] = scale * sum over j of ds[i, j] * key[j]             dkey[j] = scale * sum over i of ds[i, j] *
///   query[i] dvalue[j] = sum over i of z(i, j) * w[i, j] * dy[i]
/// and those of a distance are the sums over its pairs of what goes to the key and the value of a pair, and of ds.
/// Dao et al. 2022, arXiv:2205.14135, appendix B.2.
template <class T>
void attention_backward(const AttentionHead<T>& head, const AttentionOutput<T>& output,
                        const AttentionGradients<T>& gradients, Pairs pairs);

}  // namespace heed::kernels
