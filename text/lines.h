// A text line by line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace heed::text {

/// Takes the next line off the front, without its end (\n or \r\n). The text must not be empty. Throws Error if the
/// line is no UTF-8, naming the text, the line's number and the byte.
std::string_view take_line(std::string_view& text, const std::string& name, std::int64_t number);

/// Calls body(line) for each line; an end of line at the text's end begins no further one.
template <class Body>
void for_each_line(std::string_view text, const std::string& name, const Body& body) {
  for (std::int64_t number = 1; !text.empty(); ++number) body(take_line(text, name, number));
}

}  // namespace heed::text
