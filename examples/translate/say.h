#pragma once

#include <fmt/format.h>

#include <cstdio>

/// Prints a line on standard output, and flushes it.
template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::print("{}\n", fmt::format(format, std::forward<Arguments>(arguments)...));
  std::fflush(stdout);
}
