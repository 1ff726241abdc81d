#include "feedctl/cli/spec.hpp"

#include "base/error.hpp"
#include "config/option_values.hpp"
#include "config/options.hpp"
#include "config/units.hpp"

namespace feedctl::cli {

namespace {

// A bound variable's value before parsing is the default that help shows.
struct DefaultFormatter {
  std::string operator()(const bool*) const { return ""; }
  std::string operator()(const double* v) const {
    std::string text = std::to_string(*v);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
  }
  std::string operator()(const std::string* v) const { return *v; }
  std::string operator()(const std::chrono::milliseconds* v) const {
    return config::format_duration(*v);
  }
  std::string operator()(const std::vector<std::string>*) const { return ""; }
  template <typename T>
  std::string operator()(const std::optional<T>*) const {
    return "";
  }
  template <typename T>
  std::string operator()(const T* v) const {
    return std::to_string(*v);
  }
};

}  // namespace

std::string Option::long_name() const {
  const auto comma = names.rfind(',');
  return comma == std::string::npos ? names : names.substr(comma + 1);
}

Option& Spec::add(Option option) {
  option.default_text = std::visit(DefaultFormatter{}, option.target);
  options.push_back(std::move(option));
  return options.back();
}

Option& Spec::flag(std::string names, std::string help, bool* target) {
  return add({std::move(names), "", std::move(help), target});
}

Option& Spec::key(std::string names, std::string_view key) {
  const auto* known = config::find_option(key);
  if (!known || config::is_secret(*known))
    throw Error(ErrorCode::internal, "no flag can set " + std::string(key));
  const auto type = config::type_name(*known);
  Option option{std::move(names), "", std::string(known->help), static_cast<bool*>(nullptr)};
  if (type == "duration")
    option.metavar = "DURATION";
  else if (type == "size")
    option.metavar = "SIZE";
  else if (type == "number")
    option.metavar = "N";
  else if (type == "list")
    option.metavar = "LIST";
  else if (type != "true or false")
    option.metavar = "VALUE";
  option.key = key;
  option.default_text = config::render(*known, config::Config{});
  option.env = config::env_name(key);
  for (const auto choice : known->choices) option.choices.emplace_back(choice);
  options.push_back(std::move(option));
  return options.back();
}

}  // namespace feedctl::cli
