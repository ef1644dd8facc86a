// Throwing an Error with a formatted sentence. For the library's sources only: public headers do not include fmt.
#pragma once

#include <fmt/format.h>

#include <utility>

#include "error.h"

namespace heed {

/// Throws Error with a formatted sentence.
template <class... Arguments>
[[noreturn, gnu::cold, gnu::noinline]] void fail(fmt::format_string<Arguments...> sentence, Arguments&&... arguments) {
  throw Error(fmt::format(sentence, std::forward<Arguments>(arguments)...));
}

}  // namespace heed
