#include "check.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "../../autodiff/backward.h"
#include "../../autodiff/checkpoint.h"
#include "../../autodiff/support/captured.h"
#include "../../graph/ambient.h"
#include "../../graph/create.h"
#include "../../graph/executor.h"
#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../../ops/index/gather.h"
#include "../../ops/math/arithmetic.h"
#include "../../ops/random/random.h"
#include "../../ops/reduce/reduce.h"
#include "../../ops/shape/view.h"

namespace heed::nn {
using namespace heed::detail;

std::string CheckReport::text() const {
  std::string lines;
  for (const std::string& property : passed) lines += fmt::format("right  {}\n", property);
  for (const std::string& problem : failed) lines += fmt::format("WRONG  {}\n", problem);
  return lines;
}

namespace detail {
namespace {

constexpr std::uint64_t fixed_seed = 20240229;
constexpr std::int64_t elements_tried = 24;  // number of elements of each tensor that are checked

using Arguments = std::vector<Argument>;

/// Calls the layer with the same random numbers in each call.
Tensor call_seeded(const CheckedLayer& layer, const Arguments& arguments, std::uint64_t seed = fixed_seed) {
  Ambient during = ambient();
  during.seed = seed;
  during.next_stream = 0;
  AmbientScope scope(during);
  return layer.call(arguments);
}

Tensor random_like(const Tensor& x) {
  Ambient during = ambient();
  during.seed = fixed_seed + 1;
  during.next_stream = 0;
  AmbientScope scope(during);
  return cast(normal(x.shape()), x.dtype());
}

/// Sum of the output's elements with random weights.
Tensor loss_of(const CheckedLayer& layer, const Arguments& arguments) {
  Tensor y = call_seeded(layer, arguments);
  return sum(y * random_like(y));
}

bool same_bits(const Tensor& a, const Tensor& b) {
  const Tensor x = contiguous(a.detach()), y = contiguous(b.detach());
  return x.shape() == y.shape() && x.dtype() == y.dtype() &&
         std::memcmp(fill<std::byte>(x), fill<std::byte>(y),
                     static_cast<std::size_t>(x.elements() * bytes(x.dtype()))) == 0;
}

/// Calls function with each tensor of an argument: the argument itself, or the memory of a pass.
template <class Variant, class Function>
void each_tensor(Variant& argument, const Function& function) {
  if (auto* tensor = std::get_if<Tensor>(&argument)) function(*tensor);
  if (auto* pass = std::get_if<Pass>(&argument); pass && pass->memory) function(pass->memory->states);
}

/// Copies the arguments; floating point tensors are converted to the dtype, and require gradients if with_gradients.
Arguments prepared(const Arguments& arguments, DType dtype, bool with_gradients) {
  Arguments out = arguments;
  for (Argument& argument : out)
    each_tensor(argument, [&](Tensor& tensor) {
      if (!is_floating(tensor.dtype())) return;
      Tensor own = zeros(tensor.shape(), dtype);
      own = no_grad([&] { return own + cast(tensor.detach(), dtype); });
      own.require_grad(with_gradients);
      tensor = own;
    });
  return out;
}

/// Returns the sequences of an argument; null if it has none.
const Sequences* sequences_of(const Argument& argument) {
  if (const auto* pass = std::get_if<Pass>(&argument)) return &pass->sequences;
  return std::get_if<Sequences>(&argument);
}

/// Token indices of some sequences, in order.
struct ChosenRows {
  Tensor tokens;  // int64
  Sequences sequences;
};
ChosenRows rows_of(const Sequences& all, const std::vector<std::int64_t>& chosen) {
  std::vector<std::int64_t> tokens, lengths;
  for (const std::int64_t s : chosen) {
    lengths.push_back(all.length(s));
    for (std::int64_t i = all.offset(s); i < all.offset(s + 1); ++i) tokens.push_back(i);
  }
  return {tensor(tokens), Sequences(std::span<const std::int64_t>(lengths))};
}

/// Restricts the arguments to some sequences of the batch.
Arguments arguments_of(const Arguments& arguments, const std::vector<std::int64_t>& chosen) {
  std::vector<Sequences> sequences;
  for (const Argument& argument : arguments)
    if (const Sequences* found = sequences_of(argument)) sequences.push_back(*found);
  Arguments part;
  std::size_t tensors = 0, seen = 0;
  for (const Argument& argument : arguments) {
    if (const auto* tensor = std::get_if<Tensor>(&argument)) {
      const Sequences& of = sequences[std::min(tensors++, sequences.size() - 1)];
      part.push_back(index_select(*tensor, 0, rows_of(of, chosen).tokens));
    } else if (const auto* pass = std::get_if<Pass>(&argument)) {
      const ChosenRows own = rows_of(sequences[seen++], chosen);
      std::optional<Memory> memory;
      if (pass->memory) {
        const ChosenRows read = rows_of(pass->memory->sequences, chosen);
        memory = Memory{index_select(pass->memory->states, 0, read.tokens), read.sequences};
      }
      Pass of_chosen(own.sequences, pass->options, std::move(memory));
      of_chosen.positions = index_select(pass->positions, 0, own.tokens);
      part.push_back(std::move(of_chosen));
    } else if (std::holds_alternative<Sequences>(argument)) {
      part.push_back(rows_of(sequences[seen++], chosen).sequences);
    } else {
      part.push_back(argument);
    }
  }
  return part;
}

/// Tensors that should have a gradient, by name.
std::vector<std::pair<std::string, Tensor>> differentiable_tensors(const CheckedLayer& layer,
                                                                   const Arguments& arguments) {
  std::vector<std::pair<std::string, Tensor>> all;
  for (auto& [path, parameter] : layer.parameters()) all.emplace_back("parameter " + path, parameter);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const char* part = std::holds_alternative<Pass>(arguments[i]) ? " (memory)" : "";
    each_tensor(arguments[i], [&](const Tensor& tensor) {
      if (tensor.requires_grad()) all.emplace_back(fmt::format("argument {}{}", i, part), tensor);
    });
  }
  return all;
}

/// Runs the checks and collects their messages. A check that throws has failed.
class Checker {
 public:
  Checker(const CheckedLayer& layer, Arguments arguments, const CheckOptions& options)
      : layer_(layer), arguments_(std::move(arguments)), options_(options) {
    expect_not_negative("check", "gradient_tolerance", options.gradient_tolerance);
    expect_not_negative("check", "ragged_tolerance", options.ragged_tolerance);
    expect_not_negative("check", "step_tolerance", options.step_tolerance);
  }

  CheckReport run() {
    property("gradients agree with differences in float64", [&] { check_gradients(); });
    property("the same bits with 1, 2, 3 and 8 threads", [&] { check_threads(); });
    property("saved and loaded it computes the same", [&] { check_saving(); });
    property("a clone computes the same and shares nothing", [&] { check_clone(); });
    property("evaluating draws no random numbers", [&] { check_modes(); });
    if (takes_sequences())
      property("each sequence comes out as if it were alone", [&] { check_sequences(); });
    else if (options_.rows_are_independent)
      property("each row comes out as if it were alone", [&] { check_rows(); });
    if (takes_pass()) {
      property("recomputed it gives the same bits", [&] { check_recomputation(); });
      if (options_.takes_steps) property("step by step it gives the rows of the whole pass", [&] { check_steps(); });
    }
    return std::move(report_);
  }

 private:
  template <class Check>
  void property(const char* name, const Check& check) {
    const std::size_t before = report_.failed.size();
    try {
      check();
    } catch (const Error& error) {
      report_.failed.push_back(fmt::format("{}: {}", name, error.what()));
    }
    if (report_.failed.size() == before) report_.passed.emplace_back(name);
  }

  template <class... Parts>
  void wrong(fmt::format_string<Parts...> sentence, Parts&&... parts) {
    report_.failed.push_back(fmt::format(sentence, std::forward<Parts>(parts)...));
  }

  void check_gradients() {
    const auto layer = layer_.converted(float64);
    const Arguments arguments = prepared(arguments_, float64, true);
    const auto tensors = differentiable_tensors(*layer, arguments);
    if (tensors.empty()) return;
    heed::detail::Captured captured;
    Tensor loss = loss_of(*layer, arguments);
    if (loss.dtype() != float64) fail("with float64 parameters and arguments its output is {}", name(loss.dtype()));
    if (!loss.requires_grad()) fail("its output does not depend on any parameter or argument");
    backward(loss);
    for (const auto& [path, tensor] : tensors) {
      const char* op = captured.unlisted_by(tensor);
      const std::string reason =
          op ? fmt::format("; {} reads it without listing it among its inputs", op) : std::string();
      check_gradient(*layer, arguments, path, tensor, reason);
    }
  }

  void check_gradient(const CheckedLayer& layer, const Arguments& arguments, const std::string& path, const Tensor& x,
                      const std::string& reason) {
    const Tensor gradient = x.grad();
    if (!gradient) return wrong("{} {} got no gradient{}", path, to_string(x.shape()), reason);
    NoGrad scope;
    const auto values = x.mutable_data<double>();
    const auto found = gradient.data<double>();
    double largest = 1;
    for (double value : found) largest = std::max(largest, std::abs(value));
    const std::int64_t elements = x.elements(), stride = std::max<std::int64_t>(elements / elements_tried, 1);
    for (std::int64_t i = 0; i < elements; i += stride) {
      const auto at = static_cast<std::size_t>(i);
      const double before = values[at], step = 1e-5;
      values[at] = before + step;
      const double above = loss_of(layer, arguments).item();
      values[at] = before - step;
      const double below = loss_of(layer, arguments).item();
      values[at] = before;
      const double expected = (above - below) / (2 * step);
      if (std::abs(found[at] - expected) <= options_.gradient_tolerance * largest) continue;
      return wrong("{} {}: the gradient of element {} is {:.9g}, but differences give {:.9g}{}", path,
                   to_string(x.shape()), i, found[at], expected, reason);
    }
  }

  /// Output and gradients in float32; with checkpointing if `recomputed`.
  std::vector<std::pair<std::string, Tensor>> results(bool recomputed = false) {
    const auto layer = layer_.converted(float32);
    const Arguments arguments = prepared(arguments_, float32, true);
    const auto call = [&](const Tensor& x) {
      Arguments with_x = arguments;
      with_x[0] = x;
      return call_seeded(*layer, with_x);
    };
    std::vector<std::pair<std::string, Tensor>> all;
    Tensor y = recomputed ? checkpoint(call, {std::get<Tensor>(arguments[0])}) : call_seeded(*layer, arguments);
    all.emplace_back("the output", y);
    if (!y.requires_grad()) return all;
    backward(sum(y * random_like(y)));
    for (const auto& [path, tensor] : differentiable_tensors(*layer, arguments))
      if (tensor.grad()) all.emplace_back("the gradient of " + path, tensor.grad());
    return all;
  }

  void check_threads() {
    struct Restore {
      int before = threads();
      ~Restore() { set_threads(before); }
    } restore;
    set_threads(1);
    const auto expected = results();
    for (int n : {2, 3, 8}) {
      set_threads(n);
      const auto found = results();
      for (std::size_t i = 0; i < expected.size(); ++i)
        if (!same_bits(expected[i].second, found[i].second))
          return wrong("{} has other bits with {} threads than with 1", expected[i].first, n);
    }
  }

  void check_saving() {
    const std::string path =
        (std::filesystem::temp_directory_path() / fmt::format("heed-check-{}.safetensors", getpid())).string();
    struct Remove {
      const std::string& path;
      ~Remove() { std::remove(path.c_str()); }
    } remove{path};
    const auto layer = layer_.converted(float32), other = layer_.converted(float32);
    layer->save_to(path);
    NoGrad scope;
    for (auto& [name, parameter] : other->parameters())
      for (float& value : parameter.mutable_data<float>()) value += 1;
    other->load_from(path);
    const Arguments arguments = prepared(arguments_, float32, false);
    if (!same_bits(call_seeded(*layer, arguments), call_seeded(*other, arguments)))
      wrong("after saving and loading, its output has other bits");
  }

  void check_clone() {
    const auto layer = layer_.converted(float32), other = layer->converted(float32);
    const Arguments arguments = prepared(arguments_, float32, false);
    NoGrad scope;
    const Tensor expected = call_seeded(*layer, arguments);
    if (!same_bits(expected, call_seeded(*other, arguments))) return wrong("the output of a clone has other bits");
    for (auto& [name, parameter] : other->parameters())
      for (float& value : parameter.mutable_data<float>()) value += 1;
    if (!same_bits(expected, call_seeded(*layer, arguments))) wrong("changing a clone's parameters changes the output");
  }

  void check_modes() {
    const auto layer = layer_.converted(float32);
    const Arguments arguments = prepared(arguments_, float32, false);
    NoGrad scope;
    layer->set_training(true);
    const Tensor training = call_seeded(*layer, arguments);
    layer->set_training(false);
    if (!same_bits(call_seeded(*layer, arguments, 1), call_seeded(*layer, arguments, 2)))
      wrong("while evaluating, its output depends on the seed");
    layer->set_training(true);
    if (!same_bits(training, call_seeded(*layer, arguments)))
      wrong("training again after evaluating, its output has other bits than before");
  }

  bool takes_sequences() const {
    return std::any_of(arguments_.begin(), arguments_.end(),
                       [](const Argument& a) { return sequences_of(a) != nullptr; });
  }
  bool takes_pass() const {
    return !arguments_.empty() && std::holds_alternative<Tensor>(arguments_[0]) &&
           std::any_of(arguments_.begin(), arguments_.end(),
                       [](const Argument& a) { return std::holds_alternative<Pass>(a); });
  }

  /// Compares the rows of the output from `begin` on with the layer's output for `part` alone.
  bool agrees(const CheckedLayer& layer, const Tensor& whole, std::int64_t begin, const Arguments& part,
              const char* what, std::int64_t index) {
    const Tensor alone = contiguous(layer.call(part));
    const Tensor expected = contiguous(slice(whole, 0, begin, begin + alone.size(0)));
    if (alone.shape() != expected.shape()) {
      wrong("{} {} alone gives {}, but in the batch {}", what, index, to_string(alone.shape()),
            to_string(expected.shape()));
      return false;
    }
    const auto a = alone.data<float>(), b = expected.data<float>();
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (std::abs(a[i] - b[i]) <= options_.ragged_tolerance * std::max(1.0f, std::abs(b[i]))) continue;
      wrong("{} {} alone gives {:.8g} where the batch gives {:.8g}", what, index, a[i], b[i]);
      return false;
    }
    return true;
  }

  void check_sequences() {
    const auto layer = layer_.converted(float32);
    layer->set_training(false);
    const Arguments arguments = prepared(arguments_, float32, false);
    NoGrad scope;
    const Tensor whole = layer->call(arguments);
    const auto found = std::find_if(arguments.begin(), arguments.end(),
                                    [](const Argument& argument) { return sequences_of(argument) != nullptr; });
    const Sequences sequences = *sequences_of(*found);
    const bool by_token = whole.rank() > 0 && whole.size(0) == sequences.tokens();
    const bool by_sequence = whole.rank() > 0 && whole.size(0) == sequences.count();
    if (!by_token && !by_sequence)
      fail("its output is {}, but it must have a row for each of the {} tokens or {} sequences",
           to_string(whole.shape()), sequences.tokens(), sequences.count());
    for (std::int64_t s = 0; s < sequences.count(); ++s)
      if (!agrees(*layer, whole, by_token ? sequences.offset(s) : s, arguments_of(arguments, {s}), "sequence", s))
        return;
  }

  void check_recomputation() {
    const auto expected = results(), found = results(true);
    if (expected.size() != found.size())
      return wrong("recomputed, {} gradients became {}", expected.size() - 1, found.size() - 1);
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (!same_bits(expected[i].second, found[i].second))
        return wrong("{} has other bits recomputed", expected[i].first);
  }

  /// Compares decoding steps with the whole pass: a prompt of at least one token of each row, then one token per step,
  /// so that all rows end in the same step.
  void check_steps() {
    const auto layer = layer_.converted(float32);
    layer->set_training(false);
    NoGrad scope;
    Arguments arguments = prepared(arguments_, float32, false);
    const auto place =
        static_cast<std::size_t>(std::find_if(arguments.begin(), arguments.end(),
                                              [](const Argument& a) { return std::holds_alternative<Pass>(a); }) -
                                 arguments.begin());
    std::vector<std::int64_t> rows;
    for (std::int64_t s = 0; s < std::get<Pass>(arguments[place]).sequences.count(); ++s)
      if (std::get<Pass>(arguments[place]).sequences.length(s) > 0) rows.push_back(s);
    if (rows.empty()) return;
    arguments = arguments_of(arguments, rows);
    Pass& pass = std::get<Pass>(arguments[place]);
    pass.options.mask = pass.options.mask & causal();
    const Tensor whole = contiguous(layer->call(arguments));
    if (whole.rank() == 0 || whole.size(0) != pass.sequences.tokens()) return;
    std::int64_t shortest = pass.sequences.max_length();
    for (std::int64_t s = 0; s < pass.sequences.count(); ++s) shortest = std::min(shortest, pass.sequences.length(s));
    DecodingCache cache(pass.sequences.count(), pass.memory);
    for (std::int64_t step = 0; step < shortest; ++step) {
      std::vector<std::int64_t> lengths, tokens;
      for (std::int64_t s = 0; s < pass.sequences.count(); ++s) {
        const std::int64_t done = cache.lengths()[static_cast<std::size_t>(s)];
        const std::int64_t count = step == 0 ? pass.sequences.length(s) - shortest + 1 : 1;
        lengths.push_back(count);
        for (std::int64_t i = 0; i < count; ++i) tokens.push_back(pass.sequences.offset(s) + done + i);
      }
      const Tensor chosen = tensor(tokens);
      const Tensor y = run_decoding_step(cache, Sequences(std::span<const std::int64_t>(lengths)), pass.options,
                                         [&](const Pass& of_step) {
                                           Arguments now = arguments;
                                           now[place] = of_step;
                                           for (Argument& argument : now)
                                             if (auto* x = std::get_if<Tensor>(&argument))
                                               *x = index_select(*x, 0, chosen);
                                           return layer->call(now);
                                         });
      const Tensor expected = index_select(whole, 0, chosen);
      if (y.shape() != expected.shape())
        return wrong("step {} gives {}, but these rows of the whole pass are {}", step, to_string(y.shape()),
                     to_string(expected.shape()));
      const Tensor difference = abs(y - expected);
      for (std::int64_t i = 0; i < y.elements(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        const float off = contiguous(difference).data<float>()[at],
                    b = std::abs(contiguous(expected).data<float>()[at]);
        if (!(off <= options_.step_tolerance * std::max(1.0f, b)))
          return wrong("step {} differs by {:.3g} from the whole pass", step, off);
      }
    }
  }

  void check_rows() {
    const auto layer = layer_.converted(float32);
    layer->set_training(false);
    const Arguments arguments = prepared(arguments_, float32, false);
    const auto* x = arguments.empty() ? nullptr : std::get_if<Tensor>(&arguments[0]);
    if (!x || x->rank() == 0) return;
    NoGrad scope;
    const Tensor whole = layer->call(arguments);
    if (whole.rank() == 0) return;
    if (whole.size(0) != x->size(0))
      return wrong("its output is {}, but x is {}: with rows_are_independent it must have a row for each row of x",
                   to_string(whole.shape()), to_string(x->shape()));
    for (std::int64_t row = 0; row < x->size(0); ++row) {
      Arguments part;
      for (const Argument& argument : arguments) {
        const auto* tensor = std::get_if<Tensor>(&argument);
        part.push_back(tensor && tensor->rank() > 0 && tensor->size(0) == x->size(0) ? slice(*tensor, 0, row, row + 1)
                                                                                     : argument);
      }
      if (!agrees(*layer, whole, row, part, "row", row)) return;
    }
  }

  const CheckedLayer& layer_;
  const Arguments arguments_;
  const CheckOptions options_;
  CheckReport report_;
};

}  // namespace

CheckReport check(const CheckedLayer& layer, std::vector<Argument> arguments, const CheckOptions& options) {
  return Checker(layer, std::move(arguments), options).run();
}

}  // namespace detail
}  // namespace heed::nn
