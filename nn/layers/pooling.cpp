#include "pooling.h"

#include <algorithm>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../ops/index/gather_rows.h"
#include "../../ops/math/arithmetic.h"
#include "../../ops/shape/view.h"

namespace heed::nn {

namespace {

/// Indices of one token of each sequence.
template <class Place>
Tensor one_token(const char* name, const Sequences& sequences, const Place& place) {
  Tensor rows = empty({sequences.count()}, int64);
  auto* to = fill<std::int64_t>(rows);
  for (std::int64_t s = 0; s < sequences.count(); ++s) {
    if (sequences.length(s) == 0) fail("{}: sequence {} of {} is empty", name, s, sequences.count());
    to[s] = place(s);
  }
  return rows;
}

}  // namespace

Tensor first_tokens(const Sequences& sequences) {
  return one_token("first_tokens", sequences, [&](std::int64_t s) { return sequences.offset(s); });
}

Tensor last_tokens(const Sequences& sequences) {
  return one_token("last_tokens", sequences, [&](std::int64_t s) { return sequences.offset(s + 1) - 1; });
}

Tensor mean_rows(const Tensor& x, const Sequences& sequences) {
  if (x.rank() != 2 || x.size(0) != sequences.tokens())
    fail("mean_rows: x is {}, but it must be [{}, width], a row for each token", to_string(x.shape()),
         sequences.tokens());
  Tensor lengths = empty({sequences.count(), 1}, float64);
  for (std::int64_t s = 0; s < sequences.count(); ++s)
    fill<double>(lengths)[s] = static_cast<double>(std::max<std::int64_t>(sequences.length(s), 1));
  return index_add(zeros({sequences.count(), x.size(1)}, x.dtype()), sequence_ids(sequences), x) /
         cast(lengths, x.dtype());
}

}  // namespace heed::nn
