#include "options.h"

#include <CLI/CLI.hpp>

Options::Options(const std::string& description) : app_(std::make_shared<CLI::App>(description)) {}

Options Options::command(const std::string& name, const std::string& description) const {
  app_->require_subcommand(1);
  return Options({app_, app_->add_subcommand(name, description)});
}

template <class Number>
void Options::number(const std::string& name, Number& value, const std::string& description) const {
  app_->add_option(name, value, description)->capture_default_str();
}
template void Options::number(const std::string&, std::int64_t&, const std::string&) const;
template void Options::number(const std::string&, std::uint64_t&, const std::string&) const;
template void Options::number(const std::string&, float&, const std::string&) const;
template void Options::number(const std::string&, double&, const std::string&) const;

template <class Number>
void Options::positive(const std::string& name, Number& value, const std::string& description) const {
  auto* option = app_->add_option(name, value, description)->check(CLI::PositiveNumber);
  if (value > 0) option->capture_default_str();
}
template void Options::positive(const std::string&, std::int64_t&, const std::string&) const;
template void Options::positive(const std::string&, double&, const std::string&) const;

void Options::between(const std::string& name, double& value, double low, double high,
                      const std::string& description) const {
  app_->add_option(name, value, description)->check(CLI::Range(low, high))->capture_default_str();
}

void Options::text(const std::string& name, std::string& value, const std::string& description) const {
  app_->add_option(name, value, description)->capture_default_str();
}

void Options::required_text(const std::string& name, std::string& value, const std::string& description) const {
  app_->add_option(name, value, description)->required();
}

void Options::choice(const std::string& name, std::string& value, const std::vector<std::string>& choices,
                     const std::string& description) const {
  app_->add_option(name, value, description)
      ->transform(CLI::IsMember(choices, CLI::ignore_case))
      ->capture_default_str();
}

void Options::flag(const std::string& name, bool& value, const std::string& description) const {
  app_->add_flag(name, value, description);
}

std::optional<int> Options::parse(int argc, const char* const* argv) const {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app_->exit(error);
  }
  return std::nullopt;
}

bool Options::given() const { return app_->parsed(); }
