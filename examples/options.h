// Command-line options of the examples. Only options.cpp includes CLI11, whose headers take longer to compile than most
// of the examples.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

/// Options of a program, or of one of its commands. The value of a variable when it is added is the option's default,
/// which --help shows.
///   Options options("A transformer learns to sort.");
///   options.positive("--steps", steps, "training steps");
///   if (const auto status = options.parse(argc, argv)) return *status;
class Options {
 public:
  explicit Options(const std::string& description);

  /// Adds a command with options of its own: `program NAME --steps 3`. A program with commands requires one of them.
  Options command(const std::string& name, const std::string& description) const;

  /// Number: std::int64_t, std::uint64_t, float or double.
  template <class Number>
  void number(const std::string& name, Number& value, const std::string& description) const;
  /// Positive number. A default of 0, which --help does not show, means that the option is not given.
  template <class Number>
  void positive(const std::string& name, Number& value, const std::string& description) const;
  /// Number from `low` to `high`, both included.
  void between(const std::string& name, double& value, double low, double high, const std::string& description) const;
  void text(const std::string& name, std::string& value, const std::string& description) const;
  void required_text(const std::string& name, std::string& value, const std::string& description) const;
  void choice(const std::string& name, std::string& value, const std::vector<std::string>& choices,
              const std::string& description) const;
  /// "--name" sets the value to true, "!--name" to false.
  void flag(const std::string& name, bool& value, const std::string& description) const;

  /// Parses the arguments; argv[0] is the program. After --help or an error, prints it and returns the exit status.
  std::optional<int> parse(int argc, const char* const* argv) const;
  /// Returns true if this command is on the command line.
  bool given() const;

 private:
  explicit Options(std::shared_ptr<CLI::App> app) : app_(std::move(app)) {}

  std::shared_ptr<CLI::App> app_;
};
