// Steps that are sums of products.
#include <map>

#include "chooser.h"

namespace fuzz {

Step Chooser::matmul() {
  std::size_t other = any();
  for (std::size_t i = 0; i < shapes_.size() && rank() > 0; ++i) {  // one with a matching shape, if any
    const Place& candidate = shapes_[(other + i) % shapes_.size()];
    if (candidate.size() > 0 && candidate[candidate.size() < 2 ? 0 : candidate.size() - 2] == shape().back()) {
      other = (other + i) % shapes_.size();
      break;
    }
  }
  return taking(Takes::floats, on_two(
                                   "matmul", other, [](const Tensor& a, const Tensor& b) { return heed::matmul(a, b); },
                                   [](const Array& a, const Array& b) { return naive::matmul(a, b); }));
}

namespace {

/// Letters of the axes of each operand, and of the result.
struct Expression {
  std::vector<std::string> terms;
  std::string output;

  std::string text() const {
    std::string all;
    for (std::size_t i = 0; i < terms.size(); ++i) all.append(i == 0 ? "" : ",").append(terms[i]);
    return all + "->" + output;
  }

  Array operator()(const Arrays& x) const {
    std::map<char, std::int64_t> lengths;
    for (std::size_t i = 0; i < x.size(); ++i) {
      refuse_if(terms[i].size() != x[i].shape.size());
      for (std::size_t axis = 0; axis < terms[i].size(); ++axis) {
        // A diagonal needs equal lengths.
        const std::size_t first = terms[i].find(terms[i][axis]);
        refuse_if(x[i].shape[axis] != x[i].shape[first]);
        std::int64_t& length = lengths.emplace(terms[i][axis], 1).first->second;
        refuse_if(length != 1 && x[i].shape[axis] != 1 && length != x[i].shape[axis]);
        if (length == 1) length = x[i].shape[axis];
      }
    }
    Place kept, summed;
    std::string order = output;
    for (std::size_t i = 0; i < output.size(); ++i) {
      refuse_if(!lengths.contains(output[i]) || output.find(output[i]) != i);
      kept.push_back(lengths[output[i]]);
    }
    for (const auto& [letter, length] : lengths) {
      if (output.find(letter) != std::string::npos) continue;
      order.push_back(letter);
      summed.push_back(length);
    }
    if (naive::elements_of(kept) * naive::elements_of(summed) > 4096) throw naive::TooLarge{};
    return naive::generate(kept, [&](const Place& place) {
      Line terms_of_sum;
      naive::each_place(summed, [&](const Place& within) {
        Place at = place;
        at.insert(at.end(), within.begin(), within.end());
        double product = 1;
        for (std::size_t i = 0; i < x.size(); ++i) {
          Place from;
          for (std::size_t axis = 0; axis < terms[i].size(); ++axis)
            from.push_back(x[i].shape[axis] == 1 ? 0 : at[order.find(terms[i][axis])]);
          product *= naive::at(x[i], from);
        }
        terms_of_sum.push_back(product);
      });
      return naive::sum(terms_of_sum);
    });
  }
};

}  // namespace

Step Chooser::einsum() {
  Expression expression;
  std::vector<std::size_t> inputs = {x_};
  while (inputs.size() < 3 && input_.once_in(2)) inputs.push_back(any());
  std::string letters;
  Place lengths;
  for (const std::size_t input : inputs) {
    std::string& term = expression.terms.emplace_back();
    for (const std::int64_t n : shapes_[input]) {
      // Usually a letter already used for this length, or a new one.
      const auto from = static_cast<std::size_t>(input_.pick(0, static_cast<std::int64_t>(letters.size())));
      char letter = 0;
      for (std::size_t i = from; i < letters.size() && letter == 0; ++i)
        if (lengths[i] == n || n == 1 || input_.once_in(16)) letter = letters[i];
      if (letter == 0) {
        letter = static_cast<char>((letters.size() % 2 == 0 ? 'a' : 'A') + static_cast<char>(letters.size() % 26));
        letters.push_back(letter);
        lengths.push_back(n);
      }
      term.push_back(letter);
    }
    if (input_.once_in(32)) term.push_back('z');
  }
  for (const char letter : letters)
    if (input_.once_in(2))
      expression.output.insert(
          expression.output.begin() + input_.pick(0, static_cast<std::int64_t>(expression.output.size())), letter);
  if (input_.once_in(32)) expression.output.push_back(input_.once_in(2) ? 'a' : 'z');
  return {"einsum " + expression.text(), std::move(inputs),
          [text = expression.text()](const Tensors& x) { return heed::einsum(text, x); }, expression, Takes::floats};
}

namespace {

/// Returns y[n, o, p, q] of x [batch, channels, height, width] and weight [out, channels / groups, ...].
Array convolved(const Array& x, const Array& weight, const heed::Conv2dOptions& o) {
  refuse_if(o.groups < 1);
  refuse_if(weight.shape[0] % o.groups != 0 || weight.shape[1] * o.groups != x.shape[1]);
  Place to = {x.shape[0], weight.shape[0]};
  const auto length = [&](std::size_t axis, std::int64_t stride, std::int64_t padding, std::int64_t dilation) {
    refuse_if(stride < 1 || padding < 0 || dilation < 1 || weight.shape[axis] < 1);
    const std::int64_t room = x.shape[axis] + 2 * padding - dilation * (weight.shape[axis] - 1) - 1;
    refuse_if(room < 0);
    to.push_back(room / stride + 1);
  };
  length(2, o.stride.height, o.padding.height, o.dilation.height);
  length(3, o.stride.width, o.padding.width, o.dilation.width);
  return naive::generate(to, [&](const Place& at) {
    const std::int64_t group = at[1] / (weight.shape[0] / o.groups);
    Line terms;
    naive::each_place({weight.shape[1], weight.shape[2], weight.shape[3]}, [&](const Place& tap) {
      const std::int64_t row = at[2] * o.stride.height - o.padding.height + tap[1] * o.dilation.height,
                         column = at[3] * o.stride.width - o.padding.width + tap[2] * o.dilation.width;
      if (row < 0 || row >= x.shape[2] || column < 0 || column >= x.shape[3]) return;
      terms.push_back(naive::at(x, {at[0], group * weight.shape[1] + tap[0], row, column}) *
                      naive::at(weight, {at[1], tap[0], tap[1], tap[2]}));
    });
    return naive::sum(terms);
  });
}

}  // namespace

/// Convolution of tensors of any shape, whose elements fill x and weight.
Step Chooser::convolution() {
  const auto small = [&](std::int64_t low, std::int64_t high) {
    return input_.pick(input_.once_in(32) ? -1 : low, high);
  };
  const auto pair = [&](std::int64_t low, std::int64_t high) {
    const std::int64_t down = small(low, high);
    return heed::Pair{down, small(low, high)};
  };
  const bool is_flat = input_.once_in(2);
  heed::Conv2dOptions options{
      .stride = pair(1, 3), .padding = pair(0, 2), .dilation = pair(1, 2), .groups = small(1, 3)};
  const std::int64_t channels = input_.pick(1, 3) * (input_.once_in(8) ? 1 : std::max<std::int64_t>(options.groups, 1)),
                     in = options.groups > 0 ? channels / options.groups : 1;
  Place x = {input_.pick(input_.once_in(16) ? 0 : 1, 2), channels, input_.pick(1, 5), input_.pick(1, 5)},
        weight = {std::max<std::int64_t>(options.groups, 1) * input_.pick(1, 2), in, input_.pick(1, 3),
                  input_.pick(1, 3)};
  if (is_flat) {
    options.stride.height = options.dilation.height = 1;
    options.padding.height = 0;
    x[2] = weight[2] = 1;
  }
  return {"convolution of " + text_of(x) + " and " + text_of(weight) + " with strides " +
              text_of({options.stride.height, options.stride.width}) + ", padding " +
              text_of({options.padding.height, options.padding.width}) + ", dilation " +
              text_of({options.dilation.height, options.dilation.width}) + " and " + std::to_string(options.groups) +
              " groups",
          {x_, any()},
          [=](const Tensors& inputs) {
            if (!is_flat) return heed::conv2d(cycle(inputs[0], x), cycle(inputs[1], weight), {}, options);
            const auto line = [](const Tensor& image) { return heed::select(image, 2, 0); };
            return heed::conv1d(line(cycle(inputs[0], x)), line(cycle(inputs[1], weight)), {},
                                {.stride = options.stride.width,
                                 .padding = options.padding.width,
                                 .dilation = options.dilation.width,
                                 .groups = options.groups});
          },
          [=](const Arrays& inputs) {
            Array y = convolved(naive::cycle(inputs[0], x), naive::cycle(inputs[1], weight), options);
            if (is_flat) y.shape.erase(y.shape.begin() + 2);
            return y;
          },
          Takes::floats};
}

/// Attention of tensors of any shape, whose elements fill queries, keys and values.
Step Chooser::attention() {
  const std::int64_t sequences = input_.pick(1, 3), heads = input_.pick(1, 2), repeats = input_.pick(1, 2),
                     width = input_.pick(1, 4), value_width = input_.pick(1, 4);
  const bool is_causal = input_.once_in(2), is_self = input_.once_in(2);
  Place of_queries, of_keys;
  for (std::int64_t i = 0; i < sequences; ++i) of_queries.push_back(input_.pick(0, 5));
  for (std::int64_t i = 0; i < sequences; ++i)
    of_keys.push_back(is_self ? of_queries[static_cast<std::size_t>(i)] : input_.pick(0, 5));
  const auto total = [](const Place& lengths) {
    std::int64_t tokens = 0;
    for (const std::int64_t n : lengths) tokens += n;
    return tokens;
  };
  const Place query = {total(of_queries), heads * repeats, width}, key = {total(of_keys), heads, width},
              value = {total(of_keys), heads, value_width};
  return {std::string(is_causal ? "causal " : "") + "attention of " + text_of(of_queries) + " to " + text_of(of_keys) +
              " tokens, " + text_of(query) + ", " + text_of(key) + ", " + text_of(value),
          {x_, any(), any()},
          [=](const Tensors& x) {
            const heed::Sequences queries{std::span(of_queries)}, keys{std::span(of_keys)};
            return heed::attention(cycle(x[0], query), cycle(x[1], key), cycle(x[2], value), queries, keys,
                                   {.mask = is_causal ? heed::causal() : heed::Mask{}, .scale = 0.3f});
          },
          [=](const Arrays& x) {
            const Array q = naive::cycle(x[0], query), k = naive::cycle(x[1], key), v = naive::cycle(x[2], value);
            return naive::generate({query[0], query[1], value_width}, [&](const Place& at) {
              std::size_t sequence = 0;
              std::int64_t i = at[0], first_key = 0;
              for (; i >= of_queries[sequence]; ++sequence) {
                i -= of_queries[sequence];
                first_key += of_keys[sequence];
              }
              const std::int64_t head = at[1] / repeats, keys = of_keys[sequence],
                                 seen = is_causal
                                            ? std::clamp<std::int64_t>(i + keys - of_queries[sequence] + 1, 0, keys)
                                            : keys;
              if (seen == 0) return 0.0;
              Line scores, terms;
              for (std::int64_t j = 0; j < seen; ++j) {
                Line products;
                for (std::int64_t c = 0; c < width; ++c)
                  products.push_back(naive::at(q, {at[0], at[1], c}) * naive::at(k, {first_key + j, head, c}));
                scores.push_back(static_cast<double>(0.3f) * naive::sum(products));
              }
              const double scale = logsumexp(scores);
              for (std::int64_t j = 0; j < seen; ++j)
                terms.push_back(std::exp(scores[static_cast<std::size_t>(j)] - scale) *
                                naive::at(v, {first_key + j, head, at[2]}));
              return naive::sum(terms);
            });
          },
          Takes::floats};
}

}  // namespace fuzz
