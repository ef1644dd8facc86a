#include "pooling.h"

#include <algorithm>

#include "../graph/create.h"
#include "../graph/fail.h"
#include "../ops/arithmetic.h"
#include "../ops/index.h"
#include "../ops/view.h"

namespace heed::nn {

Tensor first_tokens(const Sequences& sequences) {
  Tensor first = empty({sequences.count()}, int64);
  auto* to = fill<std::int64_t>(first);
  for (std::int64_t s = 0; s < sequences.count(); ++s) {
    if (sequences.length(s) == 0) fail("first_tokens: sequence {} of {} is empty", s, sequences.count());
    to[s] = sequences.offset(s);
  }
  return first;
}

Tensor mean_rows(const Tensor& x, const Sequences& sequences) {
  if (x.rank() != 2 || x.size(0) != sequences.tokens())
    fail("mean_rows: x is {}, but it must be [{}, width], a row for each token", to_string(x.shape()),
         sequences.tokens());
  Tensor sequence_of = empty({sequences.tokens()}, int64), lengths = empty({sequences.count(), 1}, float64);
  for (std::int64_t s = 0; s < sequences.count(); ++s) {
    std::fill_n(fill<std::int64_t>(sequence_of) + sequences.offset(s), sequences.length(s), s);
    fill<double>(lengths)[s] = static_cast<double>(std::max<std::int64_t>(sequences.length(s), 1));
  }
  return index_add(zeros({sequences.count(), x.size(1)}, x.dtype()), sequence_of, x) / cast(lengths, x.dtype());
}

}  // namespace heed::nn
