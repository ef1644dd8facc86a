#include "fill.h"

#include <heed/graph/fail.h>

#include <algorithm>
#include <numeric>

using namespace heed;

std::vector<std::vector<Guess>> fill_masks(Pretrained& model, const text::WordPiece& vocabulary,
                                           const std::string& text, std::size_t count) {
  text::Tokens pieces = vocabulary.encode(text);
  pieces.insert(pieces.begin(), vocabulary.classification());
  pieces.push_back(vocabulary.separator());
  std::vector<std::int64_t> masked;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    if (pieces[i] == vocabulary.mask()) masked.push_back(static_cast<std::int64_t>(i));
  if (masked.empty()) fail("'{}' has no [MASK] to fill in", text);

  NoGrad scope;
  nn::eval(model);
  const std::vector<std::int64_t> tokens(pieces.begin(), pieces.end());
  const Tensor hidden = model.bert(tensor(tokens), {}, Sequences{static_cast<std::int64_t>(tokens.size())});
  const Tensor logits =
      model.masked_head.logits(gather_rows(hidden, tensor(masked)), model.bert.token_embedding.weight);
  if (!all(isfinite(logits)).item<bool>()) fail("the model's logits are not finite: its training diverged");
  const auto probabilities = softmax(logits).to_vector<float>();

  std::vector<std::vector<Guess>> guesses;
  std::vector<std::int64_t> order(static_cast<std::size_t>(vocabulary.size()));
  for (auto row = probabilities.begin(); row != probabilities.end(); row += vocabulary.size()) {
    std::iota(order.begin(), order.end(), 0);
    const auto last = order.begin() + static_cast<std::ptrdiff_t>(std::min(count, order.size()));
    std::partial_sort(order.begin(), last, order.end(), [&](auto a, auto b) { return row[a] > row[b]; });
    guesses.emplace_back();
    for (auto token = order.begin(); token != last; ++token)
      guesses.back().push_back({vocabulary.piece(*token), static_cast<double>(row[*token])});
  }
  return guesses;
}
