#pragma once

#include <fmt/format.h>
#include <heed/nn/check.h>

#include <algorithm>

#include "catch.h"

/// nn::check on a layer; what failed stands in the message.
#define CHECK_LAYER(...)                                               \
  do {                                                                 \
    const heed::nn::CheckReport report = heed::nn::check(__VA_ARGS__); \
    INFO(report.text());                                               \
    CHECK(report);                                                     \
  } while (false)

/// The same for a layer that leaves parameters of this path without a gradient, as it should.
#define CHECK_LAYER_UNUSED(layer, unused, ...)                                                                   \
  do {                                                                                                           \
    heed::nn::CheckReport report = heed::nn::check(layer, __VA_ARGS__);                                          \
    INFO(report.text());                                                                                         \
    std::erase_if(report.failed, [](const std::string& sentence) {                                               \
      return sentence.starts_with(fmt::format("parameter {}", unused)) && sentence.ends_with("got no gradient"); \
    });                                                                                                          \
    CHECK(report.failed.empty());                                                                                \
  } while (false)
