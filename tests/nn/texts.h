#pragma once

#include <heed/graph/create.h>
#include <heed/ops/sequences/sequences.h>

#include <vector>

using Text = std::vector<std::int64_t>;
using Texts = std::vector<Text>;

inline heed::Tensor joined(const Texts& texts) {
  Text all;
  for (const Text& text : texts) all.insert(all.end(), text.begin(), text.end());
  return heed::tensor(all, {std::ssize(all)});
}

inline heed::Sequences sequences_of(const Texts& texts) {
  std::vector<std::int64_t> lengths;
  for (const Text& text : texts) lengths.push_back(std::ssize(text));
  return heed::Sequences(std::span<const std::int64_t>(lengths));
}
