#pragma once

#include <fmt/format.h>
#include <heed/nn/fields/check.h>

#include <algorithm>

#include "catch.h"

/// Runs nn::check on a layer; the message lists the failed checks.
#define CHECK_LAYER(...)                                               \
  do {                                                                 \
    const heed::nn::CheckReport report = heed::nn::check(__VA_ARGS__); \
    INFO(report.text());                                               \
    CHECK(report);                                                     \
  } while (false)

/// Runs nn::check on a layer whose parameters with this path should get no gradient.
#define CHECK_LAYER_UNUSED(layer, unused, ...)                                                                   \
  do {                                                                                                           \
    heed::nn::CheckReport report = heed::nn::check(layer, __VA_ARGS__);                                          \
    INFO(report.text());                                                                                         \
    std::erase_if(report.failed, [](const std::string& sentence) {                                               \
      return sentence.starts_with(fmt::format("parameter {}", unused)) && sentence.ends_with("got no gradient"); \
    });                                                                                                          \
    CHECK(report.failed.empty());                                                                                \
  } while (false)
