// For the library's own sources: JSON as RFC 8259 has it, each key once.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace heed::nn {

/// Looks through JSON for what is nested too deep and for keys that stand twice in one object.
template <class Json, class Refuse>
class StrictKeys final : public nlohmann::json_sax<Json> {
 public:
  StrictKeys(int deepest, const Refuse& refuse) : deepest_(deepest), refuse_(refuse) {}

  bool start_object(std::size_t) override { return begin(); }
  bool start_array(std::size_t) override { return begin(); }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }
  bool key(std::string& key) override {
    if (!keys_.back().insert(key).second) refuse_(fmt::format("has the key \"{}\" twice", key));
    return true;
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(typename Json::number_integer_t) override { return true; }
  bool number_unsigned(typename Json::number_unsigned_t) override { return true; }
  bool number_float(typename Json::number_float_t, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(typename Json::binary_t&) override { return true; }
  // Ends this pass; parsing throws it again.
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool begin() {
    if (std::ssize(keys_) == deepest_)
      refuse_(fmt::format("has brackets within brackets, more than {} deep", deepest_));
    keys_.emplace_back();
    return true;
  }
  bool end() {
    keys_.pop_back();
    return true;
  }

  int deepest_;
  const Refuse& refuse_;
  std::vector<std::unordered_set<std::string>> keys_;  // of the objects that are open
};

/// Parses an object. What nlohmann::json takes silently is refused too: a byte order mark, a zero byte and what follows
/// it, a key that stands twice in one object. `refuse(what)` throws; `what` says what is wrong with "the text".
template <class Json, class Refuse>
Json parse_object(std::string_view text, int deepest, const Refuse& refuse) {
  // Beyond ASCII there are only strings.
  if (!text.empty() && static_cast<unsigned char>(text[0]) >= 0x80) refuse("is not valid JSON at byte 1");
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos)
    refuse(fmt::format("is not valid JSON at byte {}", at + 1));
  StrictKeys<Json, Refuse> keys(deepest, refuse);
  Json::sax_parse(text, &keys);  // in a pass of its own: with a callback, parse takes quadratic time in the keys
  try {
    Json json = Json::parse(text);
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
