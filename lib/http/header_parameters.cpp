#include "http/header_parameters.hpp"

#include "base/error.hpp"
#include "http/header_text.hpp"

namespace feedctl::http {

namespace {

constexpr std::size_t max_parameters = 16;

Error malformed(const char* what) {
  return Error(ErrorCode::invalid_argument, std::string("malformed header parameters: ") + what);
}

bool is_escaped_quote(std::string_view text, std::size_t at) {
  return text.substr(at, 2) == "\\\"" && text.find('"', at + 2) != std::string_view::npos;
}

// Moves `rest` past the quoted string at its front, and returns what is in it.
std::string take_quoted(std::string_view& rest) {
  std::string value;
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '"') {
      rest.remove_prefix(at + 1);
      return value;
    }
    if (is_escaped_quote(rest, at)) ++at;
    value += rest[at];
  }
  throw malformed("a quote has no end");
}

std::string take_plain(std::string_view& rest) {
  const auto value = rest.substr(0, rest.find(';'));
  rest.remove_prefix(value.size());
  if (trimmed(value).empty()) throw malformed("a parameter has no value");
  return std::string(trimmed(value));
}

std::pair<std::string, std::string> take_parameter(std::string_view& rest) {
  const auto equals = rest.find('=');
  if (equals == std::string_view::npos) throw malformed("a parameter has no value");
  auto name = to_lower(trimmed(rest.substr(0, equals)));
  if (!is_token(name)) throw malformed("a parameter has no name");
  rest = trimmed(rest.substr(equals + 1));
  auto value = rest.substr(0, 1) == "\"" ? take_quoted(rest) : take_plain(rest);
  return {std::move(name), std::move(value)};
}

}  // namespace

const std::string* ParameterizedValue::parameter(std::string_view lower_case_name) const {
  for (const auto& [name, value] : parameters) {
    if (name == lower_case_name) return &value;
  }
  return nullptr;
}

ParameterizedValue parse_parameterized(std::string_view text) {
  const auto value = text.substr(0, text.find(';'));
  ParameterizedValue parsed{to_lower(trimmed(value)), {}};
  auto rest = trimmed(text.substr(value.size()));
  while (!rest.empty()) {
    if (rest.front() != ';') throw malformed("a semicolon is missing");
    rest = trimmed(rest.substr(1));
    if (rest.empty()) break;  // after the last parameter
    if (parsed.parameters.size() == max_parameters) throw malformed("too many parameters");
    auto parameter = take_parameter(rest);
    if (parsed.parameter(parameter.first) != nullptr) throw malformed("a parameter comes twice");
    parsed.parameters.push_back(std::move(parameter));
    rest = trimmed(rest);
  }
  return parsed;
}

}  // namespace feedctl::http
