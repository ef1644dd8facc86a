// The training loop, with evaluations on the validation text.
#include <fmt/core.h>

#include <limits>

#include "run.h"

using namespace heed;

namespace {

struct ValidationLoss {
  train::Perplexity of_pieces;
  std::int64_t bytes = 0;  // number of bytes of the pieces

  double a_piece() const { return of_pieces.loss(); }
  double a_byte() const { return bytes == 0 ? 0 : of_pieces.sum / static_cast<double>(bytes); }
  double bits_a_byte() const { return bytes == 0 ? 0 : of_pieces.bits_per(bytes); }
};

/// Loss over non-overlapping windows of `length` tokens; at most `max_windows`, evenly spaced.
ValidationLoss validation_loss(Model& model, const text::ByteLevelEncoding& encoding, const text::Tokens& tokens,
                               std::int64_t length, std::int64_t max_windows) {
  const NoGrad scope;
  nn::eval(model);
  const std::int64_t whole = (std::ssize(tokens) - 1) / length, count = std::min(whole, max_windows);
  constexpr std::int64_t tokens_at_once = 4096;
  const std::int64_t at_once = std::max<std::int64_t>(tokens_at_once / length, 1);
  ValidationLoss loss;
  for (std::int64_t begin = 0; begin < count; begin += at_once) {
    std::vector<std::int64_t> places;
    for (std::int64_t i = begin; i < std::min(begin + at_once, count); ++i)
      places.push_back(i * whole / count * length);
    const text::Windows windows = text::windows_at(tokens, places, length);
    loss.of_pieces.add(model.loss(windows.tokens, windows.labels, windows.sequences).item<double>(),
                       windows.labels.elements());
    for (const std::int64_t piece : windows.labels.data<std::int64_t>())
      loss.bytes += std::ssize(encoding.piece(piece));
  }
  nn::train(model);
  return loss;
}

text::Tokens encode(const Run& run, const std::string& text, const char* what) {
  text::Tokens tokens = run.encoding.encode(text);
  if (std::ssize(tokens) <= run.settings.context)
    throw Error(fmt::format("the {} text has {} pieces, but with a context of {} it must have {} or more", what,
                            tokens.size(), run.settings.context, run.settings.context + 1));
  return tokens;
}

/// Generates a sample, without changing the run's random state.
std::string sample(Run& run) {
  const AmbientScope scope{ambient()};
  seed(static_cast<std::uint64_t>(run.step));
  nn::eval(run.model);
  std::string written;
  write(run.model, run.encoding, "", {.pieces = 120, .context = run.settings.context},
        [&](const std::string& piece) { return written += piece, true; });
  nn::train(run.model);
  return written;
}

}  // namespace

bool train_to_end(Run& run, const text::PlainText& corpus, const std::string& folder) {
  const Settings& settings = run.settings;
  const text::Tokens train = encode(run, corpus.train, "training"),
                     validation = encode(run, corpus.validation, "validation");
  fmt::print("{} pieces to train on, {} for validation, of a vocabulary of {}; {} parameters, {} threads\n",
             train.size(), validation.size(), run.encoding.size(), nn::parameter_count(run.model), threads());
  const auto rate =
      optim::warmup_linear(settings.rate, std::min<std::int64_t>(settings.steps / 10, 200), settings.steps);
  const PrecisionScope scope = precision(settings.bfloat16 ? bfloat16 : float32);
  const train::InterruptGuard guard;
  train::Progress progress{"training", settings.steps - run.step,
                           static_cast<double>(settings.batch * settings.context), "pieces"};
  constexpr std::int64_t windows_of_an_evaluation = 64;
  double loss_since_evaluation = 0;
  std::int64_t steps_since_evaluation = 0;
  while (run.step < settings.steps && !guard.interrupted()) {
    const text::Windows batch = text::random_windows(train, settings.batch, settings.context);
    const Tensor loss = run.model.loss(batch.tokens, batch.labels, batch.sequences);
    backward(loss);
    optim::clip_norm(run.adam.parameters(), 1.0);
    run.adam.step(rate(run.step));
    ++run.step;
    loss_since_evaluation += loss.item();
    ++steps_since_evaluation;
    progress.step(progress.will_show() ? fmt::format("loss {:.3f}", loss.item()) : "");
    if (run.step % settings.look != 0 || run.step == settings.steps) continue;
    const ValidationLoss found =
        validation_loss(run.model, run.encoding, validation, settings.context, windows_of_an_evaluation);
    fmt::print("step {:5}: loss {:.3f}, on validation {:.3f} a piece, {:.3f} or {:.3f} bits a byte\n", run.step,
               loss_since_evaluation / static_cast<double>(steps_since_evaluation), found.a_piece(), found.a_byte(),
               found.bits_a_byte());
    fmt::print("{}\n\n", sample(run));
    loss_since_evaluation = 0;
    steps_since_evaluation = 0;
    save_run(folder, run);
  }
  save_run(folder, run);
  if (run.step < settings.steps) {
    fmt::print("stopped after {} steps of {}; `language_model resume --model {}` goes on\n", run.step, settings.steps,
               folder);
    return false;
  }
  const ValidationLoss all =
      validation_loss(run.model, run.encoding, validation, settings.context, std::numeric_limits<std::int64_t>::max());
  fmt::print(
      "{} steps of {} pieces in {}: validation loss {:.4f} a piece, {:.4f} or {:.4f} bits a byte, over {} bytes\n",
      run.step, settings.batch * settings.context, train::format_duration(progress.seconds()), all.a_piece(),
      all.a_byte(), all.bits_a_byte(), all.bytes);
  return true;
}
