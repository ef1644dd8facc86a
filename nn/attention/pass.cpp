#include "pass.h"

#include "../../graph/fail.h"

namespace heed::nn {

Pass::Pass(Sequences whole_sequences, AttentionOptions attention_options, std::optional<Memory> cross_memory)
    : sequences(std::move(whole_sequences)),
      options(std::move(attention_options)),
      memory(std::move(cross_memory)),
      positions(sequences.positions()) {
  if (memory && memory->sequences.count() != sequences.count())
    fail("Pass: got {} sequences, but the memory has {}", sequences.count(), memory->sequences.count());
}

Pass::Pass(DecodingCache& decoding_cache, const Sequences& new_tokens, AttentionOptions attention_options)
    : sequences(new_tokens),
      options(std::move(attention_options)),
      memory(decoding_cache.memory()),
      positions(decoding_cache.start_step(new_tokens)),
      cache(&decoding_cache) {}

Tensor Pass::attend(const Tensor& query, const Tensor& key, const Tensor& value,
                    const AttentionOptions& attention) const {
  if (!cache) return heed::attention(query, key, value, sequences, attention);
  auto& kept = cache->slot<KeyValueCache>([&] { return KeyValueCache(sequences.count()); });
  kept.append(key, value, sequences);
  return cached_attention(query, kept.rows(), sequences, attention);
}

std::pair<Tensor, Sequences> Pass::with_past(const Tensor& x) const {
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
