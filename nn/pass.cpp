#include "pass.h"

#include "../graph/fail.h"

namespace heed::nn {

Pass::Pass(Sequences of_tokens, AttentionOptions of_attention, std::optional<Memory> to_read)
    : sequences(std::move(of_tokens)),
      options(std::move(of_attention)),
      memory(std::move(to_read)),
      positions(sequences.positions()) {
  if (memory && memory->sequences.count() != sequences.count())
    fail("Pass: got {} sequences, but the memory has {}", sequences.count(), memory->sequences.count());
}

Pass::Pass(DecodingCache& tokens_before, const Sequences& new_tokens, AttentionOptions of_attention)
    : sequences(new_tokens),
      options(std::move(of_attention)),
      memory(tokens_before.memory()),
      positions(tokens_before.start_step(new_tokens)),
      cache(&tokens_before) {}

Tensor Pass::attend(const Tensor& query, const Tensor& key, const Tensor& value,
                    const AttentionOptions& attention) const {
  if (!cache) return heed::attention(query, key, value, sequences, attention);
  auto& kept = cache->slot<KeyValueCache>([&] { return KeyValueCache(sequences.count()); });
  kept.append(key, value, sequences);
  return cached_attention(query, kept.rows(), sequences, attention);
}

std::pair<Tensor, Sequences> Pass::so_far(const Tensor& x) const {
  if (!cache) return {x, sequences};
  auto& kept = cache->slot<GrowingRows>([&] { return GrowingRows(sequences.count()); });
  kept.append(x, sequences);
  return {kept.all(), kept.sequences()};
}

const Memory& Pass::expect_memory() const {
  if (!memory) fail("Pass: a layer reads the memory, but the pass has none: Pass(sequences, options, memory)");
  return *memory;
}

}  // namespace heed::nn
