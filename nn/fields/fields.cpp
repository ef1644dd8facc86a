#include "fields.h"

namespace heed::nn::fields {

void Reader::enter(std::string_view field) {
  if (!path_.empty()) path_ += '.';
  path_ += field;
}

void Reader::enter(std::size_t element) { enter(std::to_string(element)); }

void Reader::leave() {
  const std::size_t dot = path_.rfind('.');
  path_.resize(dot == std::string::npos ? 0 : dot);
}

}  // namespace heed::nn::fields
