// For the library's own sources: JSON as RFC 8259 has it, each key once.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace heed::nn {

/// Parses an object. What nlohmann::json takes silently is refused too: a byte order mark, a zero byte and what follows
/// it, a key that stands twice in one object. `refuse(what)` throws; `what` says what is wrong with "the text".
template <class Json, class Refuse>
Json parse_object(std::string_view text, int deepest, const Refuse& refuse) {
  // Beyond ASCII there are only strings.
  if (!text.empty() && static_cast<unsigned char>(text[0]) >= 0x80) refuse("is not valid JSON at byte 1");
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos)
    refuse(fmt::format("is not valid JSON at byte {}", at + 1));
  std::vector<std::set<std::string, std::less<>>> keys;
  const auto watch = [&](int depth, typename Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start) {
      if (depth >= deepest) refuse(fmt::format("has brackets within brackets, more than {} deep", deepest));
      keys.emplace_back();
    } else if (event == Json::parse_event_t::object_end || event == Json::parse_event_t::array_end) {
      keys.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto& key = value.template get_ref<const std::string&>();
      if (!keys.back().insert(key).second) refuse(fmt::format("has the key \"{}\" twice", key));
    }
    return true;
  };
  try {
    Json json = Json::parse(text, watch);
    if (!json.is_object()) refuse("is not a JSON object");
    return json;
  } catch (const typename Json::parse_error& error) {
    refuse(fmt::format("is not valid JSON at byte {}", error.byte));
  } catch (const typename Json::out_of_range&) {
    refuse("has a number that is too large");
  }
  return {};  // never reached: refuse throws
}

}  // namespace heed::nn
