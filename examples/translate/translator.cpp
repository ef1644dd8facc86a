#include "translator.h"

#include <heed/graph/fail.h>
#include <heed/io/files.h>

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>

using namespace heed;

namespace {

template <class One>
One recurrent_model(const ModelSizes& sizes) {
  return {.source_vocabulary = sizes.vocabulary,
          .target_vocabulary = sizes.vocabulary,
          .width = sizes.width,
          .depth = sizes.depth,
          .dropout = sizes.dropout};
}

/// Builds a transformer of pre-norm layers.
Transformer transformer_model(const ModelSizes& sizes) {
  const Size width = sizes.width, heads = sizes.heads;
  const float dropout = sizes.dropout;
  return nn::transformer(
      {.vocabulary = sizes.vocabulary, .width = width, .heads = heads, .depth = sizes.depth, .dropout = dropout},
      [&](int) {
        return EncoderLayer{.dropout = dropout,
                            .attention = {.width = width, .heads = heads, .dropout = dropout},
                            .feed_forward = {.width = width}};
      },
      [&](int) {
        return DecoderLayer{.dropout = dropout,
                            .attention = {.width = width, .heads = heads, .dropout = dropout},
                            .cross_attention = {.width = width, .heads = heads, .dropout = dropout},
                            .feed_forward = {.width = width}};
      });
}

Model model_from_json(std::string_view kind, const std::string& hyperparameters) {
  if (kind == model_kinds[0]) return nn::from_json<Recurrent>(hyperparameters);
  if (kind == model_kinds[1]) return nn::from_json<Attentive>(hyperparameters);
  if (kind == model_kinds[2]) return nn::from_json<Transformer>(hyperparameters);
  fail("there is no model '{}': there are {}", kind, fmt::join(model_kinds, ", "));
}

}  // namespace

Model new_model(std::string_view kind, const ModelSizes& sizes) {
  if (kind == model_kinds[0]) return recurrent_model<Recurrent>(sizes);
  if (kind == model_kinds[1]) return recurrent_model<Attentive>(sizes);
  return transformer_model(sizes);
}

std::string_view kind_of(const Model& model) { return model_kinds[model.index()]; }

nn::AnyLayer layer_of(const Model& model) {
  return std::visit([](const auto& one) { return nn::AnyLayer(one); }, model);
}

void set_training(Model& model, bool training) {
  std::visit([training](auto& one) { nn::train(one, training); }, model);
}

void save_config(const std::string& folder, const Translator& translator) {
  std::filesystem::create_directories(folder);
  const nlohmann::ordered_json config{
      {"model", kind_of(translator.model)},
      {"longest", translator.longest},
      {"hyperparameters", nlohmann::ordered_json::parse(nn::to_json(layer_of(translator.model)))}};
  io::write_file("save_config", folder + "/config.json", config.dump(2) + "\n");
  translator.pieces.save(folder);
}

void save_translator(const std::string& folder, const Translator& translator) {
  save_config(folder, translator);
  nn::save(layer_of(translator.model), folder + "/model.safetensors");
}

Translator load_translator(const std::string& folder) try {
  const std::string path = folder + "/config.json";
  const auto config = nlohmann::json::parse(io::read_text("load_translator", path));
  Translator translator{model_from_json(config.at("model").get<std::string>(), config.at("hyperparameters").dump()),
                        text::BytePairEncoding::load(folder), config.at("longest").get<std::int64_t>()};
  const std::int64_t vocabulary = std::visit(
      [](const auto& model) {
        if constexpr (requires { model.source_vocabulary; })
          return model.source_vocabulary.value;
        else
          return model.embedding.vocabulary.value;
      },
      translator.model);
  if (translator.pieces.size() != vocabulary)
    fail("{}: pieces.txt has {} pieces, but config.json says {}", folder, translator.pieces.size(), vocabulary);
  nn::load(layer_of(translator.model), folder + "/model.safetensors");
  set_training(translator.model, false);
  return translator;
} catch (const nlohmann::json::exception& error) {
  fail("{}/config.json is none that train left: {}", folder, error.what());
}

namespace {

/// Encodes a line. Throws Error if it is too long for the model.
text::Tokens encode_line(const Translator& translator, const std::string& line) {
  text::Tokens pieces = translator.encode(line);
  if (std::ssize(pieces) > translator.longest)
    fail("a sentence of {} pieces is too long: the model has learned from sentences of at most {}", pieces.size(),
         translator.longest);
  return pieces;
}

constexpr std::int64_t tokens_at_once = 2048;  // source tokens of a batch

/// Translates sources, none of which is empty.
std::vector<text::Tokens> translate_batch(const Translator& translator, const std::vector<text::Tokens>& sources,
                                          const TranslatingOptions& options) {
  NoGrad scope;
  const text::SourceBatch batch = text::source_batch(sources);
  const nn::Prompts begins(sources.size(), {text::BytePairEncoding::begin_token()});
  const nn::BeamSearchOptions search{.beam = options.beam,
                                     .max_new_tokens = 2 * batch.sequences.max_length() + 10,
                                     .end = text::BytePairEncoding::end_token(),
                                     .length_penalty = options.length_penalty};
  const auto found = std::visit(
      [&](const auto& model) {
        return nn::beam_search(model, model.initial_state(batch.tokens, batch.sequences), begins, search);
      },
      translator.model);
  std::vector<text::Tokens> targets;
  for (const auto& hypotheses : found) {
    const auto& tokens = hypotheses.front().tokens;
    targets.emplace_back(tokens.begin(), tokens.end());
  }
  return targets;
}

std::string characters_unknown_to(const Translator& translator, const std::string& line) {
  const text::Tokens pieces = translator.encode(line);
  const auto unknown = std::ranges::count(pieces, text::BytePairEncoding::unknown());
  return unknown == 0 ? "" : fmt::format("{} of its characters the model has never seen, and reads as <unk>", unknown);
}

}  // namespace

std::vector<Translation> translate(const Translator& translator, const std::vector<std::string>& lines,
                                   const TranslatingOptions& options) {
  std::vector<text::Tokens> sources;
  for (const std::string& line : lines) sources.push_back(encode_line(translator, line));
  std::vector<std::size_t> order(lines.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair{sources[i].size(), i}; });

  std::vector<Translation> translations(lines.size());
  for (auto next = std::ranges::find_if(order, [&](std::size_t i) { return !sources[i].empty(); });
       next != order.end();) {
    std::vector<text::Tokens> batch;
    const auto first = next;
    for (std::int64_t tokens = 0; next != order.end() && tokens < tokens_at_once; ++next) {
      batch.push_back(sources[*next]);
      tokens += std::ssize(batch.back()) + 1;
    }
    std::vector<text::Tokens> targets = translate_batch(translator, batch, options);
    for (auto i = first; i != next; ++i) {
      text::Tokens& pieces = targets[static_cast<std::size_t>(i - first)];
      translations[*i] = {translator.decode(pieces), pieces};
    }
  }
  return translations;
}

void translate_input(const Translator& translator, const TranslatingOptions& options) {
  const bool on_terminal = isatty(STDIN_FILENO) != 0;
  std::int64_t number = 0;
  for (std::string line; std::getline(std::cin, line);) {
    if (++number == 1 && line.starts_with(io::byte_order_mark)) line.erase(0, io::byte_order_mark.size());
    if (on_terminal && line.empty()) return;
    try {
      const std::string translation = translate(translator, {line}, options).front().text;
      if (const std::string unknown = characters_unknown_to(translator, line); !unknown.empty())
        fmt::print(stderr, "line {}: {}\n", number, unknown);
      fmt::print("{}\n", translation);
    } catch (const Error& error) {
      if (!on_terminal) fail("line {}: {}", number, error.what());
      fmt::print("{}\n", error.what());
    }
  }
}

namespace {

/// Attention weights of one sentence, [target tokens * source tokens].
Tensor weights_of(const Attentive&, const nn::Taps& taps, const Sequences&, const Sequences&) {
  return taps["attention.weights"];
}

Tensor weights_of(const Transformer& model, const nn::Taps& taps, const Sequences& target, const Sequences& source) {
  const std::string layer = fmt::format("decoder.layers.{}.cross_attention.", model.decoder.layers.size() - 1);
  const Tensor &query = taps[layer + "query"], &key = taps[layer + "key"];
  const std::int64_t heads = query.size(1);
  std::vector<Tensor> weights;  // of each head
  for (std::int64_t head = 0; head < heads; ++head) {
    const auto select_head = [head](const Tensor& x) {
      return reshape(slice(x, 1, head, head + 1), {x.size(0), x.size(2)});
    };
    const Tensor scores = pair_dot(select_head(query), select_head(key), target, source);
    weights.push_back(pair_softmax(scores / std::sqrt(static_cast<double>(query.size(2))), target, source));
  }
  return mean(stack(weights), {0});
}

/// Text of a piece in a map, without joiner characters.
std::string shown(const Translator& translator, std::int64_t token) {
  std::string piece = translator.pieces.display(token);
  for (std::size_t at; (at = piece.find(text::joiner)) != std::string::npos;) piece.erase(at, text::joiner.size());
  return piece;
}

}  // namespace

std::optional<std::string> attention_map(const Translator& translator, const std::string& line,
                                         const Translation& translation) {
  NoGrad scope;
  const text::TranslationBatch pair =
      text::translation_batch({{encode_line(translator, line), translation.pieces}}, {0});
  const Sequences &source = pair.source_sequences, &target = pair.target_sequences;
  const auto weights = std::visit(
      [&]<class One>(const One& model) -> std::optional<Tensor> {
        if constexpr (std::is_same_v<One, Recurrent>) {
          return std::nullopt;
        } else {
          const nn::Taps taps{model};
          (void)model(pair.source, source, pair.target_input, target);
          return weights_of(model, taps, target, source);
        }
      },
      translator.model);
  if (!weights) return std::nullopt;
  std::vector<std::string> queries, keys;
  for (const std::int64_t token : pair.target_labels.to_vector<std::int64_t>())
    queries.push_back(shown(translator, token));
  for (const std::int64_t token : pair.source.to_vector<std::int64_t>()) keys.push_back(shown(translator, token));
  return train::svg_attention_map(reshape(*weights, {target.tokens(), source.tokens()}), queries, keys);
}
