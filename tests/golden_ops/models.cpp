// Rows of products, layers and losses; their inputs are in tests/golden/make.py.
#include <fmt/format.h>

#include "rows.h"

using namespace heed;
using golden::Tensors;

void golden::add_products(Rows& rows) {
  rows["matmul 2 2 of 0"] = [](const Tensors& x, const Tensors&) { return matmul(x[0], x[1]); };
  rows["matmul 3 2 of 1"] = [](const Tensors& x, const Tensors&) { return matmul(x[0], x[1]); };
  rows["matmul 4 3 of 2"] = [](const Tensors& x, const Tensors&) { return matmul(x[0], x[1]); };
  rows["matmul 1 2 of 3"] = [](const Tensors& x, const Tensors&) { return matmul(x[0], x[1]); };
  rows["matmul 2 1 of 4"] = [](const Tensors& x, const Tensors&) { return matmul(x[0], x[1]); };
  rows["matmul 1 1 of 5"] = [](const Tensors& x, const Tensors&) { return matmul(x[0], x[1]); };
  rows["linear"] = [](const Tensors& x, const Tensors&) { return linear(x[0], x[1], x[2]); };
  rows["linear without bias"] = [](const Tensors& x, const Tensors&) { return linear(x[0], x[1]); };
  rows["dot"] = [](const Tensors& x, const Tensors&) { return dot(x[0], x[1]); };
  rows["outer"] = [](const Tensors& x, const Tensors&) { return outer(x[0], x[1]); };
  rows["tensordot"] = [](const Tensors& x, const Tensors&) { return tensordot(x[0], x[1], Axes{1, 2}, Axes{1, 0}); };
  rows["tensordot two"] = [](const Tensors& x, const Tensors&) { return tensordot(x[0], x[1], 2); };
  rows["grouped_matmul"] = [](const Tensors& x, const Tensors& c) { return grouped_matmul(x[0], c[0], x[1]); };
  rows["grouped_linear"] = [](const Tensors& x, const Tensors&) {
    return grouped_linear(x[0], Sequences{2, 0, 4}, std::span(x).subspan(1, 3), std::span(x).subspan(4));
  };
  rows["scatter_weighted_sum"] = [](const Tensors& x, const Tensors& c) {
    return scatter_weighted_sum(x[0], x[1], c[0], 4);
  };
  for (const char* expression : {"bqd,bkd->bqk", "ij,jk,kl->il", "ii->i", "ii", "...ij,...jk", "bi,bi->b", "ij->j"})
    rows[fmt::format("einsum {}", expression)] = [=](const Tensors& x, const Tensors&) {
      return einsum(expression, x);
    };
}

void golden::add_layers(Rows& rows) {
  rows["layer_norm"] = [](const Tensors& x, const Tensors&) { return layer_norm(x[0], x[1], x[2]); };
  rows["rms_norm"] = [](const Tensors& x, const Tensors&) { return rms_norm(x[0], x[1]); };
  rows["group_norm"] = [](const Tensors& x, const Tensors&) { return group_norm(x[0], 2, x[1], x[2]); };
  rows["batch_norm"] = [](const Tensors& x, const Tensors&) { return batch_norm(x[0], {}, {}, x[1], x[2]); };
  rows["batch_norm evaluating"] = [](const Tensors& x, const Tensors& c) {
    return batch_norm(x[0], c[0], c[1], x[1], x[2], {.training = false});
  };
  rows["conv1d"] = [](const Tensors& x, const Tensors&) {
    return conv1d(x[0], x[1], x[2], {.stride = 2, .padding = 1, .dilation = 2, .groups = 2});
  };
  rows["conv2d"] = [](const Tensors& x, const Tensors&) {
    return conv2d(x[0], x[1], x[2], {.stride = {2, 1}, .padding = {1, 2}});
  };
  rows["conv1d depthwise"] = [](const Tensors& x, const Tensors&) {
    return conv1d(x[0], x[1], x[2], {.padding = 3, .dilation = 2, .groups = 4});
  };
  rows["conv2d dilation groups"] = [](const Tensors& x, const Tensors&) {
    return conv2d(x[0], x[1], {}, {.stride = {1, 2}, .padding = {2, 1}, .dilation = {2, 1}, .groups = 2});
  };
  rows["conv2d depthwise"] = [](const Tensors& x, const Tensors&) {
    return conv2d(x[0], x[1], x[2], {.stride = 2, .padding = 1, .groups = 5});
  };
  rows["conv_transpose1d"] = [](const Tensors& x, const Tensors&) {
    return conv_transpose1d(x[0], x[1], x[2], {.stride = 2, .padding = 1, .output_padding = 1});
  };
  rows["conv_transpose2d"] = [](const Tensors& x, const Tensors&) {
    return conv_transpose2d(x[0], x[1], x[2], {.stride = 2, .padding = 1});
  };
  rows["conv_transpose1d dilation groups"] = [](const Tensors& x, const Tensors&) {
    return conv_transpose1d(x[0], x[1], x[2],
                            {.stride = 2, .padding = 2, .output_padding = 1, .dilation = 2, .groups = 3});
  };
  rows["conv_transpose2d dilation groups"] = [](const Tensors& x, const Tensors&) {
    return conv_transpose2d(
        x[0], x[1], x[2],
        {.stride = {1, 2}, .padding = {1, 0}, .output_padding = {0, 1}, .dilation = {2, 1}, .groups = 2});
  };
  rows["max_pool1d"] = [](const Tensors& x, const Tensors&) {
    return max_pool1d(x[0], 3, {.stride = 2, .padding = 1});
  };
  rows["max_pool2d"] = [](const Tensors& x, const Tensors&) { return max_pool2d(x[0], {2, 3}); };
  rows["avg_pool1d"] = [](const Tensors& x, const Tensors&) {
    return avg_pool1d(x[0], 3, {.stride = 2, .padding = 1});
  };
  rows["avg_pool2d"] = [](const Tensors& x, const Tensors&) {
    return avg_pool2d(x[0], 2, {.stride = 2, .padding = 1, .count_include_pad = false});
  };
  rows["adaptive_max_pool1d"] = [](const Tensors& x, const Tensors&) { return adaptive_max_pool1d(x[0], 3); };
  rows["adaptive_avg_pool1d"] = [](const Tensors& x, const Tensors&) { return adaptive_avg_pool1d(x[0], 3); };
  rows["adaptive_max_pool2d"] = [](const Tensors& x, const Tensors&) { return adaptive_max_pool2d(x[0], {2, 3}); };
  rows["adaptive_avg_pool2d"] = [](const Tensors& x, const Tensors&) { return adaptive_avg_pool2d(x[0], {2, 3}); };
}

void golden::add_losses(Rows& rows) {
  for (const auto& [reduction, tag] :
       {std::pair{Reduction::mean, " mean"}, std::pair{Reduction::sum, " sum"}, std::pair{Reduction::none, " none"}}) {
    const Reduction r = reduction;
    const std::string name = tag;
    rows["mse_loss" + name] = [=](const Tensors& x, const Tensors&) { return mse_loss(x[0], x[1], r); };
    rows["l1_loss" + name] = [=](const Tensors& x, const Tensors&) { return l1_loss(x[0], x[1], r); };
    rows["huber_loss" + name] = [=](const Tensors& x, const Tensors&) { return huber_loss(x[0], x[1], 0.7, r); };
    rows["smooth_l1_loss" + name] = [=](const Tensors& x, const Tensors&) {
      return smooth_l1_loss(x[0], x[1], 0.7, r);
    };
    rows["binary_cross_entropy_with_logits" + name] = [=](const Tensors& x, const Tensors& c) {
      return binary_cross_entropy_with_logits(x[0], x[1], {.weights = c[0], .positive_weights = c[1], .reduction = r});
    };
    rows["nll_loss" + name] = [=](const Tensors& x, const Tensors& c) {
      return nll_loss(x[0], c[0], {.weights = c[1], .reduction = r});
    };
    rows["cross_entropy" + name] = [=](const Tensors& x, const Tensors& c) {
      return cross_entropy(x[0], c[0], {.reduction = r});
    };
    rows["cross_entropy weights" + name] = [=](const Tensors& x, const Tensors& c) {
      return cross_entropy(x[0], c[0], {.weights = c[1], .label_smoothing = 0.1, .reduction = r});
    };
    rows["linear_cross_entropy" + name] = [=](const Tensors& x, const Tensors& c) {
      return linear_cross_entropy(x[0], x[1], x[2], c[0], {.reduction = r});
    };
  }
  rows["cross_entropy probabilities"] = [](const Tensors& x, const Tensors&) { return cross_entropy(x[0], x[1]); };
  rows["kl_divergence"] = [](const Tensors& x, const Tensors&) { return kl_divergence(x[0], x[1]); };
  rows["hinge_loss"] = [](const Tensors& x, const Tensors& c) { return hinge_loss(x[0], c[0]); };
  rows["margin_ranking_loss"] = [](const Tensors& x, const Tensors& c) {
    return margin_ranking_loss(x[0], x[1], c[0], 0.3);
  };
  rows["cosine_similarity"] = [](const Tensors& x, const Tensors&) { return cosine_similarity(x[0], x[1], 1); };
  rows["cosine_embedding_loss"] = [](const Tensors& x, const Tensors& c) {
    return cosine_embedding_loss(x[0], x[1], c[0], 0.1);
  };
  rows["focal_loss"] = [](const Tensors& x, const Tensors& c) { return focal_loss(x[0], c[0]); };
  const auto info_nce_row = [&](const char* name, const InfoNceOptions& options) {
    rows[name] = [options](const Tensors& x, const Tensors&) { return info_nce(x[0], x[1], options); };
  };
  info_nce_row("info_nce", {});
  info_nce_row("info_nce products", {.temperature = 0.5, .normalized = false});
  info_nce_row("info_nce both ways", {.temperature = 0.2, .symmetric = true});
  info_nce_row("info_nce both ways sum", {.temperature = 0.2, .symmetric = true, .reduction = Reduction::sum});
  info_nce_row("info_nce both ways none", {.temperature = 0.2, .symmetric = true, .reduction = Reduction::none});
  info_nce_row("info_nce sum", {.temperature = 1.5, .reduction = Reduction::sum});
  info_nce_row("info_nce none", {.temperature = 1.5, .reduction = Reduction::none});
  rows["attention"] = [](const Tensors& x, const Tensors&) {
    return attention(x[0], x[1], x[2], Sequences{3, 2}, Sequences{5, 4});
  };
  rows["attention causal"] = [](const Tensors& x, const Tensors&) {
    return attention(x[0], x[1], x[2], Sequences{3, 4}, {.mask = causal()});
  };
  rows["attention with distances"] = [](const Tensors& x, const Tensors&) {
    return attention(x[0], x[1], x[2], Sequences{3}, Sequences{5},
                     {.bias = clipped_distances(x[3]),
                      .relative_keys = clipped_distances(x[4]),
                      .relative_values = clipped_distances(x[5])});
  };
  rows["rotary"] = [](const Tensors& x, const Tensors& c) { return rotary(x[0], c[0]); };
  rows["rotary neighbours"] = [](const Tensors& x, const Tensors& c) {
    return rotary(x[0], c[0], rotary_frequencies(4, 100), RotaryPairs::interleaved);
  };
}
