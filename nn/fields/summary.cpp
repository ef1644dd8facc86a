#include "summary.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "../../graph/fail.h"
#include "../support/value_text.h"

namespace heed::nn {
using namespace heed::nn::fields::detail;

namespace {

/// A layer or a tensor.
struct Row {
  std::string name;             // relative to the layer that it is in
  std::string what;             // type and hyperparameters of a layer, dtype and shape of a tensor
  std::int64_t parameters = 0;  // including sublayers; shared ones count at their first path
  std::vector<Row> below{};

  friend bool operator==(const Row&, const Row&) = default;
  bool looks_like(const Row& other) const {
    return what == other.what && parameters == other.parameters && below == other.below;
  }
};

class Tree : public fields::Reader {
 public:
  Row root;
  std::int64_t parameters = 0, parameter_bytes = 0, frozen = 0, buffers = 0, buffer_bytes = 0;

 private:
  void begin(const fields::LayerType& type, const void*) override {
    open_.push_back({.name = relative_path(), .what = fmt::format("{}{{", type.name)});
    path_lengths_.push_back(path().size());
  }
  void hyperparameter(const fields::Value& value) override {
    std::string& what = open_.back().what;
    what += fmt::format("{}{} = {}", what.ends_with('{') ? "" : ", ", relative_path(), fields::detail::to_text(value));
  }
  void parameter(const Parameter& parameter) override {
    Row row = tensor(parameter);
    if (row.parameters > 0) {
      parameters += row.parameters;
      parameter_bytes += row.parameters * bytes(parameter.dtype());
      if (!parameter.requires_grad()) {
        frozen += row.parameters;
        row.what += ", frozen";
      }
    }
    add(std::move(row));
  }
  void buffer(const Buffer& buffer) override {
    Row row = tensor(buffer);
    buffers += row.parameters;
    buffer_bytes += row.parameters * bytes(buffer.dtype());
    row.parameters = 0;
    row.what += ", buffer";
    add(std::move(row));
  }
  void end() override {
    Row row = std::move(open_.back());
    row.what += '}';
    open_.pop_back();
    path_lengths_.pop_back();
    if (open_.empty()) {
      root = std::move(row);
    } else {
      add(std::move(row));
    }
  }

  Row tensor(const Tensor& tensor) {
    const auto [known, is_first] = first_paths_.emplace(&heed::detail::body_of(tensor), path());
    Row row{.name = relative_path(), .what = fmt::format("{} {}", name(tensor.dtype()), to_string(tensor.shape()))};
    if (is_first) {
      row.parameters = tensor.elements();
    } else {
      row.what += fmt::format(", shared with {}", known->second);
    }
    return row;
  }
  void add(Row row) {
    open_.back().parameters += row.parameters;
    open_.back().below.push_back(std::move(row));
  }
  std::string relative_path() const {
    if (open_.empty()) return {};
    const std::size_t above = path_lengths_.back();
    return path().substr(above == 0 ? 0 : above + 1);
  }

  std::vector<Row> open_;
  std::vector<std::size_t> path_lengths_;
  std::unordered_map<const void*, std::string> first_paths_;
};

/// "1,234,567"
std::string grouped(std::int64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

/// Returns the first hyperparameters, so that a line fits into a window.
std::string shortened(const std::string& what) {
  constexpr std::size_t max_length = 80;
  if (what.size() <= max_length || !what.ends_with('}')) return what;
  return what.substr(0, what.rfind(", ", max_length - std::string_view(", ...}").size())) + ", ...}";
}

struct Line {
  std::string name, what, parameters;
};

/// Merges neighbours that differ only in their index: "layers.0 to layers.11".
void list(const std::vector<Row>& rows, std::size_t depth, std::vector<Line>& lines) {
  for (auto row = rows.begin(); row != rows.end();) {
    const auto next =
        std::find_if(row, rows.end(), [&](const Row& other) { return !other.looks_like(*row) || row->below.empty(); });
    const auto last = next == row ? row : next - 1;
    std::string name(2 * depth, ' ');
    name += row == last ? row->name : fmt::format("{} to {}", row->name, last->name);
    const std::string each = row == last ? "" : "each ";
    lines.push_back({std::move(name), shortened(row->what), row->parameters ? each + grouped(row->parameters) : ""});
    list(row->below, depth + 1, lines);
    row = last + 1;
  }
}

}  // namespace

std::string summary(AnyLayer model) {
  Tree tree;
  model.read(tree);
  tree.root.name = "model";
  std::vector<Line> lines;
  list({tree.root}, 0, lines);

  std::size_t name_width = 0, what_width = 0, parameters_width = 0;
  for (const Line& line : lines) {
    name_width = std::max(name_width, line.name.size());
    what_width = std::max(what_width, line.what.size());
    parameters_width = std::max(parameters_width, line.parameters.size());
  }
  std::string text;
  for (const Line& line : lines) {
    text += fmt::format("{:<{}}  {:<{}}  {:>{}}", line.name, name_width, line.what, what_width, line.parameters,
                        parameters_width);
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  text += fmt::format("{} parameters ({} bytes)", grouped(tree.parameters), grouped(tree.parameter_bytes));
  if (tree.frozen) text += fmt::format(", {} of them frozen", grouped(tree.frozen));
  if (tree.buffers)
    text += fmt::format("; {} numbers in buffers ({} bytes)", grouped(tree.buffers), grouped(tree.buffer_bytes));
  return text + '\n';
}

}  // namespace heed::nn
