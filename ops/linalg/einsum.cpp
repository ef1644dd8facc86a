#include "einsum.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include "../../graph/fail.h"
#include "../math/arithmetic.h"
#include "../reduce/reduce.h"
#include "../shape/axes.h"
#include "../shape/diagonals.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "matmul.h"

namespace heed {
using namespace heed::detail;

namespace {

// Labels of axes: letters, and for axes of the ellipsis digits, which count from the last.
using Labels = std::string;
using Counts = std::array<int, 128>;  // occurrences of each label

constexpr char under_ellipsis(int from_last) { return static_cast<char>('0' + from_last); }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool has(const Labels& labels, char label) { return labels.find(label) != Labels::npos; }

/// Tensor with labelled axes.
struct Named {
  Tensor tensor;
  Labels labels;

  int axis(char label) const { return static_cast<int>(labels.find(label)); }
  std::int64_t length(char label) const { return tensor.size(axis(label)); }
};

/// The expression without spaces, cut at the commas and the arrow.
struct Expression {
  std::string_view text;  // as the user wrote it
  std::vector<std::string> terms;
  std::string output;
  bool has_output = false;

  explicit Expression(std::string_view given) : text(given) {
    std::string all;
    for (const char c : given)
      if (c != ' ') all.push_back(c);
    if (const auto arrow = all.find("->"); arrow != std::string::npos) {
      has_output = true;
      output = all.substr(arrow + 2);
      all.resize(arrow);
    }
    for (std::size_t begin = 0; begin <= all.size();) {
      const std::size_t end = std::min(all.find(',', begin), all.size());
      terms.push_back(all.substr(begin, end - begin));
      begin = end + 1;
    }
  }
};

/// Returns the labels of a term, with `hidden` axes for the ellipsis.
Labels labels_of(const Expression& expression, const std::string& term, int hidden) {
  Labels labels;
  bool ellipsis = false;
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (is_letter(term[i])) {
      labels.push_back(term[i]);
    } else if (term.compare(i, 3, "...") == 0 && !ellipsis) {
      ellipsis = true;
      for (int axis = hidden; axis-- > 0;) labels.push_back(under_ellipsis(axis));
      i += 2;
    } else {
      fail("einsum: \"{}\" has '{}' in \"{}\", but a term consists of letters and at most one \"...\"", expression.text,
           term[i], term);
    }
  }
  return labels;
}

void take_diagonals(const Expression& expression, std::size_t operand, Named& x) {
  const Shape whole = x.tensor.shape();
  for (int second = 1; second < x.tensor.rank();) {
    const char label = x.labels[static_cast<std::size_t>(second)];
    const int first = x.axis(label);
    if (first == second) {
      ++second;
      continue;
    }
    if (x.tensor.size(first) != x.tensor.size(second))
      fail("einsum: \"{}\" takes the diagonal of {} of operand {}, {}, but these axes must have one length",
           expression.text, label, operand, to_string(whole));
    x.tensor = diagonal(x.tensor, 0, first, second);
    x.labels.erase(static_cast<std::size_t>(second), 1);
    x.labels.erase(static_cast<std::size_t>(first), 1);
    x.labels.push_back(label);
    second = 1;
  }
}

/// Checks the lengths of all labels, and removes axes of length 1 that are to be repeated: products broadcast labels
/// that an operand lacks.
void match_lengths(const Expression& expression, std::span<const Tensor> operands, std::vector<Named>& named) {
  for (std::size_t i = 0; i < named.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      for (const char label : named[i].labels) {
        if (!has(named[j].labels, label)) continue;
        const std::int64_t here = named[i].length(label), there = named[j].length(label);
        if (here == there || here == 1 || there == 1) continue;
        fail("einsum: \"{}\" has operands {}, {}, and {}, {}, but {} is {} in the one and {} in the other",
             expression.text, j, to_string(operands[j].shape()), i, to_string(operands[i].shape()),
             is_letter(label) ? std::string(1, label) : "an axis under \"...\"", there, here);
      }
  for (Named& x : named) {
    Labels kept;
    Shape shape;
    for (const char label : x.labels) {
      const bool is_repeated = x.length(label) == 1 && std::any_of(named.begin(), named.end(), [&](const Named& other) {
                                 return has(other.labels, label) && other.length(label) != 1;
                               });
      if (is_repeated) continue;
      kept.push_back(label);
      shape.push_back(x.length(label));
    }
    x.tensor = reshape(x.tensor, shape);
    x.labels = kept;
  }
}

Counts occurrences(const std::vector<Named>& named, const Labels& output) {
  Counts count{};
  for (const Named& x : named)
    for (const char label : x.labels) ++count[static_cast<std::size_t>(label)];
  for (const char label : output) ++count[static_cast<std::size_t>(label)];
  return count;
}

/// Sums over the axes that only this operand has.
void sum_alone(Named& x, const Counts& count) {
  Axes alone;
  Labels kept;
  for (std::size_t axis = 0; axis < x.labels.size(); ++axis)
    if (count[static_cast<std::size_t>(x.labels[axis])] == 1)
      alone.push_back(static_cast<int>(axis));
    else
      kept.push_back(x.labels[axis]);
  if (alone.empty()) return;
  x.tensor = sum(x.tensor, alone);
  x.labels = kept;
}

/// Roles of the labels of a pair in its product.
struct Pair {
  Labels both, summed, only_a, only_b;

  Pair(const Named& a, const Named& b, const Counts& count) {
    for (const char label : a.labels) {
      if (!has(b.labels, label))
        only_a.push_back(label);
      else if (count[static_cast<std::size_t>(label)] == 2)
        summed.push_back(label);
      else
        both.push_back(label);
    }
    for (const char label : b.labels)
      if (!has(a.labels, label)) only_b.push_back(label);
  }
  std::size_t rank() const { return both.size() + only_a.size() + only_b.size(); }
};

std::int64_t elements(const Named& x, const Labels& labels) {
  std::int64_t product = 1;
  for (const char label : labels) product *= x.length(label);
  return product;
}

/// Returns x with its axes in this order; `rows` and `columns` are merged into one axis each.
Tensor grouped(const Named& x, const Labels& separate, const Labels& rows, const Labels& columns) {
  Shape order, shape;
  for (const char label : separate) {
    order.push_back(x.axis(label));
    shape.push_back(x.length(label));
  }
  for (const Labels* together : {&rows, &columns}) {
    for (const char label : *together) order.push_back(x.axis(label));
    shape.push_back(elements(x, *together));
  }
  return reshape(permute(x.tensor, order), shape);
}

/// Returns x with its axes in the order of `labels`, with length 1 for missing ones.
Tensor spread_out(const Named& x, const Labels& labels) {
  Shape order, shape;
  for (const char label : labels) {
    if (has(x.labels, label)) order.push_back(x.axis(label));
    shape.push_back(has(x.labels, label) ? x.length(label) : 1);
  }
  return reshape(permute(x.tensor, order), shape);
}

Named product(const Named& a, const Named& b, const Pair& pair) {
  Named y{{}, pair.both + pair.only_a + pair.only_b};
  Shape shape;
  for (const char label : y.labels) shape.push_back(has(a.labels, label) ? a.length(label) : b.length(label));
  if (pair.summed.empty()) {
    y.tensor = spread_out(a, y.labels) * spread_out(b, y.labels);
  } else if (pair.both.size() + 2 <= Shape::max_rank) {
    y.tensor = reshape(
        matmul(grouped(a, pair.both, pair.only_a, pair.summed), grouped(b, pair.both, pair.summed, pair.only_b)),
        shape);
  } else {  // seven axes in the product: one axis is summed over, and there are no others
    y.tensor = sum(grouped(a, {}, pair.both, pair.summed) * grouped(b, {}, pair.both, pair.summed), -1);
    y.tensor = reshape(y.tensor, shape);
  }
  return y;
}

/// Returns the pair whose product adds the fewest elements compared with its operands; the first of equals.
std::pair<std::size_t, std::size_t> next_pair(const std::vector<Named>& named, const Counts& count) {
  std::pair<std::size_t, std::size_t> best{0, 1};
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < named.size(); ++i)
    for (std::size_t j = i + 1; j < named.size(); ++j) {
      const Named &a = named[i], &b = named[j];
      const Pair pair(a, b, count);
      if (pair.rank() > Shape::max_rank) continue;
      const double made = static_cast<double>(elements(a, pair.both)) * static_cast<double>(elements(a, pair.only_a)) *
                          static_cast<double>(elements(b, pair.only_b));
      const double more = made - static_cast<double>(a.tensor.elements()) - static_cast<double>(b.tensor.elements());
      if (more >= least) continue;
      least = more;
      best = {i, j};
    }
  return best;
}

Labels output_of(const Expression& expression, const std::vector<Named>& named, int hidden) {
  const Counts count = occurrences(named, {});
  Labels output;
  if (!expression.has_output) {
    for (int axis = hidden; axis-- > 0;) output.push_back(under_ellipsis(axis));
    // Taking a diagonal removes a repeated letter, so letters are counted in the text.
    for (int letter = 'A'; letter <= 'z'; ++letter) {
      std::ptrdiff_t times = 0;
      for (const std::string& term : expression.terms) times += std::count(term.begin(), term.end(), letter);
      if (times == 1) output.push_back(static_cast<char>(letter));
    }
    return output;
  }
  output = labels_of(expression, expression.output, hidden);
  for (const char label : output) {
    if (is_letter(label) && count[static_cast<std::size_t>(label)] == 0)
      fail("einsum: the output of \"{}\" has {}, which no term before the arrow has", expression.text, label);
    if (std::count(output.begin(), output.end(), label) > 1)
      fail("einsum: the output of \"{}\" has {} twice", expression.text, label);
  }
  return output;
}

}  // namespace

Tensor einsum(std::string_view text, std::span<const Tensor> operands) {
  const Expression expression(text);
  if (operands.empty() || expression.terms.size() != operands.size())
    fail("einsum: \"{}\" has {} terms before the arrow, but {} operands were given", text, expression.terms.size(),
         operands.size());
  std::vector<Named> named(operands.size());
  int hidden = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    check_same_dtype("einsum", "operand 0", operands[0], "another operand", operands[i]);
    if (!is_floating(operands[i].dtype())) wrong_dtype("einsum", operands[i].dtype(), "float32 or float64");
    const std::string& term = expression.terms[i];
    const int letters = static_cast<int>(labels_of(expression, term, 0).size());
    const bool open = term.find('.') != std::string::npos;
    const int rest = operands[i].rank() - letters;
    if (rest < 0 || (rest > 0 && !open))
      fail("einsum: \"{}\" names {} axes of operand {}, which is {}", text, letters, i, to_string(operands[i].shape()));
    named[i] = {operands[i], labels_of(expression, term, rest)};
    hidden = std::max(hidden, rest);
  }
  const Labels output = output_of(expression, named, hidden);
  for (std::size_t i = 0; i < named.size(); ++i) take_diagonals(expression, i, named[i]);
  match_lengths(expression, operands, named);

  for (Counts count = occurrences(named, output); Named & x : named) sum_alone(x, count);
  while (named.size() > 1) {
    const Counts count = occurrences(named, output);
    const auto [i, j] = next_pair(named, count);
    Named y = product(named[i], named[j], Pair(named[i], named[j], count));
    named.erase(named.begin() + static_cast<std::ptrdiff_t>(j));
    named.erase(named.begin() + static_cast<std::ptrdiff_t>(i));
    named.push_back(std::move(y));
  }
  Shape order;
  for (const char label : output) order.push_back(named[0].axis(label));
  return permute(named[0].tensor, order);
}

}  // namespace heed
