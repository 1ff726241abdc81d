#include "config/option_values.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include "base/ascii.hpp"
#include "base/closest_match.hpp"
#include "base/text.hpp"
#include "config/units.hpp"
#include "config/validators.hpp"

namespace feedctl::config {

namespace {

using Message = std::optional<std::string>;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

template <typename T>
concept Enumeration = std::is_enum_v<T>;

std::string quoted(std::string_view text) {
  return std::string("\"").append(text).append("\"");
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    auto part = next_field(text, ',');
    const auto begin = part.find_first_not_of(" \t");
    if (begin == std::string_view::npos) continue;
    part = part.substr(begin, part.find_last_not_of(" \t") - begin + 1);
    parts.emplace_back(part);
  }
  return parts;
}

Message check_bounds(const Option& option, std::int64_t value, std::string_view text,
                     std::string (*show)(std::int64_t)) {
  if (value >= option.min_value && value <= option.max_value) return std::nullopt;
  return "must be from " + show(option.min_value) + " to " + show(option.max_value) + ", not " +
         std::string(text);
}

std::string show_number(std::int64_t value) {
  return std::to_string(value);
}
std::string show_duration(std::int64_t value) {
  return format_duration(Duration{value});
}
std::string show_size(std::int64_t value) {
  return format_size(static_cast<std::size_t>(value));
}

bool is_byte_size(const Option& option) {
  constexpr std::string_view suffix = "_bytes";
  const std::string_view key = option.key;
  return key == "server.max_body" ||
         (key.size() > suffix.size() && key.substr(key.size() - suffix.size()) == suffix);
}

template <typename T>
Message assign_number(const Option& option, T& field, std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size())
    return "expects a number, not " + quoted(text);
  if (error != std::errc{}) {
    using Limits = std::numeric_limits<std::int64_t>;
    value = text[0] == '-' ? Limits::min() : Limits::max();
  }
  if (auto wrong = check_bounds(option, value, text, show_number)) return wrong;
  field = static_cast<T>(value);
  return std::nullopt;
}

Message assign_size(const Option& option, std::size_t& field, std::string_view text) {
  const auto value = parse_size(text);
  if (!value) return "expects a size such as 256KiB or 1MiB, not " + quoted(text);
  if (auto wrong = check_bounds(option, static_cast<std::int64_t>(*value), text, show_size))
    return wrong;
  field = *value;
  return std::nullopt;
}

// Of a unit that may be coarser than that of the text.
template <typename Unit>
Message assign_duration(const Option& option, Unit& field, std::string_view text) {
  const auto value = parse_duration(text);
  if (!value) return "expects a duration such as 500ms, 60s or 5m, not " + quoted(text);
  if (auto wrong = check_bounds(option, value->count(), text, show_duration)) return wrong;
  const auto rounded = std::chrono::duration_cast<Unit>(*value);
  if (rounded != *value)
    return "must be a multiple of " + format_duration(Unit{1}) + ", not " + std::string(text);
  field = rounded;
  return std::nullopt;
}

Message assign_rate(Rate& field, std::string_view text) {
  auto parsed = parse_rate(text);
  if (auto* wrong = std::get_if<std::string>(&parsed)) return std::move(*wrong);
  field = std::get<Rate>(parsed);
  return std::nullopt;
}

Message assign_boolean(bool& field, std::string_view text) {
  const auto word = to_lower(text);
  const bool yes = word == "true" || word == "yes" || word == "on" || word == "1";
  if (!yes && word != "false" && word != "no" && word != "off" && word != "0") {
    return "expects true or false, not " + quoted(text);
  }
  field = yes;
  return std::nullopt;
}

template <typename T>
Message assign_choice(const Option& option, T& field, std::string_view text) {
  for (std::size_t i = 0; i < option.choices.size(); ++i) {
    if (option.choices[i] != text) continue;
    field = static_cast<T>(i);
    return std::nullopt;
  }
  std::string message = "expects one of " + join(option.choices, ", ") + ", not " + quoted(text);
  const auto near = closest_match(text, {option.choices.begin(), option.choices.end()});
  return near.empty() ? message : message + " (did you mean " + near + "?)";
}

Message assign_list(const Option& option, std::vector<std::string>& field, std::string_view text) {
  auto parts = split(text);
  if (option.max_value != 0 && parts.size() > static_cast<std::size_t>(option.max_value)) {
    return "has more than " + std::to_string(option.max_value) + " entries";
  }
  for (auto& part : parts) {
    if (auto wrong = validate(option.rule, part)) return wrong;
  }
  // In Django "*" allows any host.
  if (option.rule == "hosts" && std::find(parts.begin(), parts.end(), "*") != parts.end())
    parts.clear();
  field = std::move(parts);
  return std::nullopt;
}

}  // namespace

Message assign(const Option& option, Config& config, std::string_view text) {
  return std::visit(
      Overloaded{
          [&](std::string* f) -> Message {
            if (auto wrong = validate(option.rule, text)) return wrong;
            *f = text;
            return std::nullopt;
          },
          [&](Secret<std::string>* f) -> Message {
            if (auto wrong = validate(option.rule, text)) return wrong;
            *f = Secret<std::string>{std::string(text)};
            return std::nullopt;
          },
          [&](int* f) -> Message { return assign_number(option, *f, text); },
          [&](std::size_t* f) -> Message {
            return is_byte_size(option) ? assign_size(option, *f, text)
                                        : assign_number(option, *f, text);
          },
          [&](bool* f) -> Message { return assign_boolean(*f, text); },
          [&]<typename R, typename P>(std::chrono::duration<R, P>* f) -> Message {
            return assign_duration(option, *f, text);
          },
          [&](std::vector<std::string>* f) -> Message { return assign_list(option, *f, text); },
          [&](Rate* f) -> Message { return assign_rate(*f, text); },
          [&]<Enumeration T>(T* f) -> Message { return assign_choice(option, *f, text); }},
      option.field(config));
}

std::string render(const Option& option, const Config& config) {
  Config copy = config;
  return std::visit(
      Overloaded{[](std::string* f) { return *f; },
                 [](Secret<std::string>* f) { return f->reveal(); },
                 [](int* f) { return std::to_string(*f); },
                 [&](std::size_t* f) {
                   return is_byte_size(option) ? format_size(*f) : std::to_string(*f);
                 },
                 [](bool* f) { return std::string(*f ? "true" : "false"); },
                 []<typename R, typename P>(std::chrono::duration<R, P>* f) {
                   return format_duration(*f);
                 },
                 [](std::vector<std::string>* f) { return join(*f, ","); },
                 [](Rate* f) { return format_rate(*f); },
                 [&]<Enumeration T>(T* f) {
                   return std::string(option.choices.at(static_cast<std::size_t>(*f)));
                 }},
      option.field(copy));
}

std::string render_redacted(const Option& option, const Config& config) {
  auto text = render(option, config);
  if (text.empty() || option.redaction == Redaction::none) return text;
  return option.redaction == Redaction::whole ? "****" : redact_url(text);
}

std::string type_name(const Option& option) {
  Config any;
  return std::visit(
      Overloaded{
          [](std::string*) -> std::string { return "text"; },
          [](Secret<std::string>*) -> std::string { return "secret"; },
          [](int*) -> std::string { return "number"; },
          [&](std::size_t*) -> std::string { return is_byte_size(option) ? "size" : "number"; },
          [](bool*) -> std::string { return "true or false"; },
          []<typename R, typename P>(std::chrono::duration<R, P>*) -> std::string {
            return "duration";
          },
          [](std::vector<std::string>*) -> std::string { return "list"; },
          [](Rate*) -> std::string { return "rate"; },
          [&]<Enumeration T>(T*) -> std::string { return join(option.choices, ", "); }},
      option.field(any));
}

}  // namespace feedctl::config
