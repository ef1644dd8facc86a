// For the library's own sources: throwing an Error with a formatted sentence. Not in public headers, for fmt's sake.
#pragma once

#include <fmt/format.h>

#include <utility>

#include "error.h"

namespace heed {

/// Throws Error with the formatted sentence.
template <class... Arguments>
[[noreturn, gnu::cold, gnu::noinline]] void fail(fmt::format_string<Arguments...> sentence, Arguments&&... arguments) {
  throw Error(fmt::format(sentence, std::forward<Arguments>(arguments)...));
}

}  // namespace heed
