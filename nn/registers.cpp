#include "registers.h"

#include <numeric>
#include <vector>

#include "../graph/create.h"
#include "../graph/fail.h"
#include "../graph/size.h"

namespace heed::nn::detail {

RegisteredRows::RegisteredRows(const Sequences& of_tokens, std::int64_t count) : sequences({}) {
  constexpr const char* op = "registers";
  vector_length(op, add_sizes(op, multiply_sizes(op, of_tokens.count(), count), of_tokens.tokens()),
                sizeof(std::int64_t));  // Error if there is no room
  std::vector<std::int64_t> lengths, from, back;
  for (std::int64_t s = 0; s < of_tokens.count(); ++s) {
    const std::int64_t length = of_tokens.length(s);
    const auto add = [&](std::int64_t first, std::int64_t n) {
      from.resize(from.size() + static_cast<std::size_t>(n));
      std::iota(from.end() - n, from.end(), first);
    };
    if (length > 0) add(0, count);
    const auto begin = static_cast<std::int64_t>(from.size());
    add(count + of_tokens.offset(s), length);
    for (std::int64_t t = 0; t < length; ++t) back.push_back(begin + t);
    lengths.push_back(length > 0 ? count + length : 0);
  }
  sequences = Sequences(std::span<const std::int64_t>(lengths));
  longer = tensor(from);
  tokens = tensor(back);
}

void expect_whole(AnyLayer layer, const Pass& pass) {
  if (pass.cache)
    fail("{}: registers stand in front of whole sequences, so they cannot be used in steps with a cache",
         describe(layer));
}

void wrong_registers(AnyLayer layer, const Tensor& weight) {
  fail("{}: weight is {}, but it must be [count, width]", describe(layer), to_string(weight.shape()));
}

}  // namespace heed::nn::detail
