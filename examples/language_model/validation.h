// Validation loss.
#pragma once

#include <heed/heed.h>

struct ValidationLoss {
  heed::train::Perplexity of_pieces;
  std::int64_t bytes = 0;  // number of bytes of the pieces

  double a_piece() const { return of_pieces.loss(); }
  double a_byte() const { return bytes == 0 ? 0 : of_pieces.sum / static_cast<double>(bytes); }
  double bits_a_byte() const { return bytes == 0 ? 0 : of_pieces.bits_per(bytes); }
};

/// Loss over non-overlapping windows of `length` tokens; at most `max_windows`, evenly spaced.
template <class Model>
ValidationLoss validation_loss(Model& model, const heed::text::ByteLevelEncoding& encoding,
                               const heed::text::Tokens& text, std::int64_t length, std::int64_t max_windows) {
  const heed::NoGrad scope;
  heed::nn::eval(model);
  const std::int64_t whole = (std::ssize(text) - 1) / length, count = std::min(whole, max_windows);
  constexpr std::int64_t tokens_at_once = 4096;
  const std::int64_t at_once = std::max<std::int64_t>(tokens_at_once / length, 1);
  ValidationLoss loss;
  for (std::int64_t begin = 0; begin < count; begin += at_once) {
    std::vector<std::int64_t> places;
    for (std::int64_t i = begin; i < std::min(begin + at_once, count); ++i)
      places.push_back(i * whole / count * length);
    const heed::text::Windows windows = heed::text::windows_at(text, places, length);
    loss.of_pieces.add(model.loss(windows.tokens, windows.labels, windows.sequences).template item<double>(),
                       windows.labels.elements());
    for (const std::int64_t piece : windows.labels.template data<std::int64_t>())
      loss.bytes += std::ssize(encoding.piece(piece));
  }
  heed::nn::train(model);
  return loss;
}
