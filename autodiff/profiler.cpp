#include "profiler.h"

#include <algorithm>
#include <map>

#include "../graph/fail.h"
#include "../ops/kernels/gemm/gemm.h"

namespace heed {
namespace {

double bytes_of(const Tensor& tensor) {
  return tensor ? static_cast<double>(tensor.elements() * bytes(tensor.dtype())) : 0;
}

double seconds_between(auto begin, auto end) { return std::chrono::duration<double>(end - begin).count(); }

/// Returns the text as a JSON string.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    else
      out += c;
  }
  return out + '"';
}

}  // namespace

// Time and multiply-adds from now on belong to the next event.
void Profiler::start_next_event() {
  products_ = kernels::multiply_adds();
  last_ = Clock::now();
}

void Profiler::clear() {
  events_.clear();
  start_ = Clock::now();
  start_next_event();
}

void Profiler::computed(const char* op, const Inputs& inputs, std::span<const Tensor> outputs) {
  const auto now = Clock::now();
  if (!running_.empty() && !is_recomputing()) return;  // a part of the gradient
  double moved = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) moved += bytes_of(inputs[i]);
  for (const Tensor& output : outputs) moved += bytes_of(output);
  const double seconds = seconds_between(last_, now);
  const auto products = static_cast<double>(kernels::multiply_adds() - products_);
  events_.push_back({op, running_.empty() ? "forward" : "recomputed", last_, seconds, seconds, products, moved});
  if (!running_.empty()) {
    running_.back().inner_seconds += seconds;
    running_.back().inner_products += products;
  }
  start_next_event();
}

void Profiler::recorded(detail::Node& /*node*/, const Inputs& /*inputs*/, std::span<const Tensor> /*outputs*/) {
  if (running_.empty() || is_recomputing()) start_next_event();
}

void Profiler::gradient_begins(const detail::Node& /*node*/, std::span<const Tensor> output_gradients) {
  Running gradient{.begin = Clock::now(), .products = kernels::multiply_adds()};
  for (const Tensor& tensor : output_gradients) gradient.bytes += bytes_of(tensor);
  running_.push_back(gradient);
  start_next_event();
}

void Profiler::gradient_ends(const detail::Node& node, Gradients* gradients) {
  const auto now = Clock::now();
  if (running_.empty()) return;
  Running gradient = running_.back();
  running_.pop_back();
  for (std::size_t i = 0; gradients && i < gradients->size(); ++i) gradient.bytes += bytes_of((*gradients)[i]);
  const double seconds = seconds_between(gradient.begin, now);
  const auto products = static_cast<double>(kernels::multiply_adds() - gradient.products);
  events_.push_back({node.name, "backward", gradient.begin, seconds, seconds - gradient.inner_seconds,
                     products - gradient.inner_products, gradient.bytes});
  if (!running_.empty()) {
    running_.back().inner_seconds += seconds;
    running_.back().inner_products += products;
  }
  start_next_event();
}

std::vector<OpCost> Profiler::costs() const {
  std::map<std::pair<std::string, std::string>, OpCost> by_op;
  for (const Event& event : events_) {
    OpCost& cost = by_op[{event.op, event.pass}];
    cost.op = event.op;
    cost.pass = event.pass;
    ++cost.calls;
    cost.seconds += event.own_seconds;
    cost.multiply_adds += event.multiply_adds;
    cost.bytes += event.bytes;
  }
  std::vector<OpCost> all;
  for (auto& [key, cost] : by_op) all.push_back(std::move(cost));
  std::sort(all.begin(), all.end(), [](const OpCost& a, const OpCost& b) { return a.seconds > b.seconds; });
  return all;
}

std::string Profiler::table() const {
  const std::vector<OpCost> all = costs();
  double total = 0;
  for (const OpCost& cost : all) total += cost.seconds;
  std::string lines = fmt::format("{:<24}{:<12}{:>8}{:>12}{:>8}{:>10}{:>10}\n", "op", "pass", "calls", "ms", "share",
                                  "GFLOP/s", "GB/s");
  const auto line = [&](const std::string& op, const char* pass, std::int64_t calls, double seconds, double products,
                        double moved) {
    const auto rate = [&](double amount) {
      return amount > 0 && seconds > 0 ? fmt::format("{:.2f}", amount / seconds * 1e-9) : std::string("-");
    };
    lines += fmt::format("{:<24}{:<12}{:>8}{:>12.3f}{:>7.1f}%{:>10}{:>10}\n", op, pass, calls, seconds * 1e3,
                         total > 0 ? seconds / total * 100 : 0, rate(2 * products), rate(moved));
  };
  OpCost sum;
  for (const OpCost& cost : all) {
    line(cost.op, cost.pass, cost.calls, cost.seconds, cost.multiply_adds, cost.bytes);
    sum.calls += cost.calls;
    sum.multiply_adds += cost.multiply_adds;
    sum.bytes += cost.bytes;
  }
  line("all", "", sum.calls, total, sum.multiply_adds, sum.bytes);
  return lines;
}

std::string Profiler::trace() const {
  std::string text = "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [";
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const Event& event = events_[i];
    text += fmt::format(
        "{}\n{{\"name\": {}, \"cat\": \"{}\", \"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"ts\": {:.3f}, \"dur\": {:.3f}, "
        "\"args\": {{\"multiply_adds\": {:.0f}, \"bytes\": {:.0f}}}}}",
        i == 0 ? "" : ",", quoted(event.op), event.pass, seconds_between(start_, event.begin) * 1e6,
        event.seconds * 1e6, event.multiply_adds, event.bytes);
  }
  return text + "\n]}\n";
}

}  // namespace heed
