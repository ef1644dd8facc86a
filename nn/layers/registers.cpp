#include "registers.h"

#include <numeric>
#include <vector>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/size.h"

namespace heed::nn::detail {
using namespace heed::detail;

RegisteredRows::RegisteredRows(const Sequences& token_sequences, std::int64_t count) : sequences({}) {
  constexpr const char* op = "registers";
  vector_length(op, add_sizes(op, multiply_sizes(op, token_sequences.count(), count), token_sequences.tokens()),
                sizeof(std::int64_t));  // throws Error if the vectors cannot be allocated
  std::vector<std::int64_t> lengths, from, back;
  for (std::int64_t s = 0; s < token_sequences.count(); ++s) {
    const std::int64_t length = token_sequences.length(s);
    const auto add = [&](std::int64_t first, std::int64_t n) {
      from.resize(from.size() + static_cast<std::size_t>(n));
      std::iota(from.end() - n, from.end(), first);
    };
    if (length > 0) add(0, count);
    const auto begin = static_cast<std::int64_t>(from.size());
    add(count + token_sequences.offset(s), length);
    for (std::int64_t t = 0; t < length; ++t) back.push_back(begin + t);
    lengths.push_back(length > 0 ? count + length : 0);
  }
  sequences = Sequences(std::span<const std::int64_t>(lengths));
  longer = tensor(from);
  tokens = tensor(back);
}

void expect_whole(AnyLayer layer, const Pass& pass) {
  if (pass.cache)
    fail("{}: registers are prepended to whole sequences, so they cannot be used in decoding steps with a cache",
         describe(layer));
}

void wrong_registers(AnyLayer layer, const Tensor& weight) {
  fail("{}: weight is {}, but it must be [count, width]", describe(layer), to_string(weight.shape()));
}

}  // namespace heed::nn::detail
