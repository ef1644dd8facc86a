// Exception that all functions of heed throw.
#pragma once

#include <stdexcept>
#include <string>

namespace heed {

/// Exception for every error that a user can cause: one sentence that names the op, the shapes and what was expected.
/// It is thrown before anything is changed.
class Error : public std::runtime_error {
 public:
  /// Error with this message.
  explicit Error(const std::string& sentence) : std::runtime_error(sentence) {}
};

}  // namespace heed
