// Internal: strict parsing of JSON (RFC 8259), without duplicate keys.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace heed::io::detail {

/// SAX handler that refuses JSON that is nested too deeply or has duplicate keys in an object.
template <class Json, class Refuse>
class StrictKeys final : public nlohmann::json_sax<Json> {
 public:
  StrictKeys(int max_depth, const Refuse& refuse) : max_depth_(max_depth), refuse_(refuse) {}

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
    if (std::ssize(keys_) == max_depth_) refuse_(fmt::format("is nested more than {} levels deep", max_depth_));
    keys_.emplace_back();
    return true;
  }
  bool end() {
    keys_.pop_back();
    return true;
  }

  int max_depth_;
  const Refuse& refuse_;
  std::vector<std::unordered_set<std::string>> keys_;  // of the open objects and arrays
};

/// Parses a JSON object. Also refuses what nlohmann::json accepts silently: a byte order mark, a zero byte and any text
/// after it, duplicate keys in an object. `refuse(what)` throws; `what` is a predicate of "the text".
template <class Json, class Refuse>
Json parse_object(std::string_view text, int max_depth, const Refuse& refuse) {
  // Outside strings, JSON is ASCII.
  if (!text.empty() && static_cast<unsigned char>(text[0]) >= 0x80) refuse("is not valid JSON at byte 1");
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos)
    refuse(fmt::format("is not valid JSON at byte {}", at + 1));
  StrictKeys<Json, Refuse> keys(max_depth, refuse);
  Json::sax_parse(text, &keys);  // a separate pass: with a callback, parse takes quadratic time in the keys
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

}  // namespace heed::io::detail
