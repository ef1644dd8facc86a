#include "training.h"

#include <fmt/core.h>

#include "validation.h"
#include "writing.h"

using namespace heed;

namespace {

/// Prints a line on standard output, and flushes it.
template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::print("{}\n", fmt::format(format, std::forward<Arguments>(arguments)...));
  std::fflush(stdout);
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

bool train_to_end(Run& run, const Corpus& corpus, const std::string& folder) {
  const Settings& settings = run.settings;
  const text::Tokens train = encode(run, corpus.text.train, "training"),
                     validation = encode(run, corpus.text.validation, "validation");
  say("{} pieces to train on, {} for validation, of a vocabulary of {}; {} parameters, {} threads", train.size(),
      validation.size(), run.encoding.size(), nn::parameter_count(run.model), threads());
  const auto rate =
      optim::warmup_linear(settings.rate, std::min<std::int64_t>(settings.steps / 10, 200), settings.steps);
  const PrecisionScope scope = precision(settings.bfloat16 ? bfloat16 : float32);
  const train::InterruptGuard guard;
  train::Progress progress{"training", settings.steps - run.step,
                           static_cast<double>(settings.batch * settings.context), "pieces"};
  constexpr std::int64_t windows_of_a_look = 64;
  double loss_since_look = 0;
  std::int64_t steps_since_look = 0;
  while (run.step < settings.steps && !guard.interrupted()) {
    const text::Windows batch = text::random_windows(train, settings.batch, settings.context);
    const Tensor loss = run.model.loss(batch.tokens, batch.labels, batch.sequences);
    backward(loss);
    optim::clip_norm(run.adam.parameters(), 1.0);
    run.adam.step(rate(run.step));
    ++run.step;
    loss_since_look += loss.item();
    ++steps_since_look;
    progress.step(progress.will_show() ? fmt::format("loss {:.3f}", loss.item()) : "");
    if (run.step % settings.look != 0 || run.step == settings.steps) continue;
    const ValidationLoss found =
        validation_loss(run.model, run.encoding, validation, settings.context, windows_of_a_look);
    say("step {:5}: loss {:.3f}, on validation {:.3f} a piece, {:.3f} or {:.3f} bits a byte", run.step,
        loss_since_look / static_cast<double>(steps_since_look), found.a_piece(), found.a_byte(), found.bits_a_byte());
    say("{}\n", sample(run));
    loss_since_look = 0;
    steps_since_look = 0;
    save_run(folder, run);
  }
  save_run(folder, run);
  if (run.step < settings.steps) {
    say("stopped after {} steps of {}; `language_model resume --model {}` goes on", run.step, settings.steps, folder);
    return false;
  }
  const ValidationLoss all =
      validation_loss(run.model, run.encoding, validation, settings.context, std::numeric_limits<std::int64_t>::max());
  say("{} steps of {} pieces in {}: validation loss {:.4f} a piece, {:.4f} or {:.4f} bits a byte, over {} bytes",
      run.step, settings.batch * settings.context, train::format_duration(progress.seconds()), all.a_piece(),
      all.a_byte(), all.bits_a_byte(), all.bytes);
  return true;
}
