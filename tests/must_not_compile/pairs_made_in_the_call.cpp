// expect: use of deleted function|call to deleted constructor
#include <heed/text/corpora/parallel_corpus.h>

std::vector<heed::text::SentencePair> make_pairs();

std::int64_t batches() {
#ifdef MISTAKE
  const heed::text::TranslationEpoch epoch(make_pairs(), {}, 0);
#else
  const auto pairs = make_pairs();
  const heed::text::TranslationEpoch epoch(pairs, {}, 0);
#endif
  return epoch.batches();
}
