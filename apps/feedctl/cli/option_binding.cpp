#include "feedctl/cli/option_binding.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

#include "base/closest_match.hpp"
#include "base/error.hpp"
#include "config/option_values.hpp"
#include "config/options.hpp"
#include "config/units.hpp"

namespace feedctl::cli {

namespace {

[[noreturn]] void throw_invalid_value(const Option& option, const std::string& message) {
  throw Error(ErrorCode::usage, option.long_name() + " " + message);
}

std::string format_bound(double bound) {
  return std::to_string(static_cast<std::int64_t>(bound));
}

void check_bounds(const Option& option, double value, const std::string& text) {
  if (!option.has_bounds || (value >= option.min && value <= option.max)) return;
  if (option.max >= 9e15)
    throw_invalid_value(option, "must be at least " + format_bound(option.min) + ", not " + text);
  throw_invalid_value(option, "must be from " + format_bound(option.min) + " to " +
                                  format_bound(option.max) + ", not " + text);
}

// The bounds are in milliseconds.
void check_duration_bounds(const Option& option, std::chrono::milliseconds value,
                           const std::string& text) {
  const auto ms = static_cast<double>(value.count());
  if (!option.has_bounds || (ms >= option.min && ms <= option.max)) return;
  const auto bound_text = [](double bound) {
    return config::format_duration(std::chrono::milliseconds{static_cast<std::int64_t>(bound)});
  };
  throw_invalid_value(option, "must be from " + bound_text(option.min) + " to " +
                                  bound_text(option.max) + ", not " + text);
}

template <typename T>
T parse_integer(const Option& option, const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error != std::errc::invalid_argument && end == text.data() + text.size();
  if (!whole) throw_invalid_value(option, "expects a number, not \"" + text + "\"");
  check_bounds(option, error == std::errc{} ? static_cast<double>(value) : 1e300, text);
  if (error != std::errc{} || value < static_cast<std::int64_t>(std::numeric_limits<T>::min()) ||
      (value > 0 && static_cast<std::uint64_t>(value) > std::numeric_limits<T>::max())) {
    throw_invalid_value(option, "is out of range: " + text);
  }
  return static_cast<T>(value);
}

double parse_real(const Option& option, const std::string& text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error == std::errc::result_out_of_range)
    throw_invalid_value(option, "is out of range: " + text);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    throw_invalid_value(option, "expects a number, not \"" + text + "\"");
  check_bounds(option, value, text);
  return value;
}

void check_not_empty(const Option& option, const std::string& text) {
  if (!text.empty() || option.can_be_empty) return;
  throw Error(ErrorCode::usage, option.long_name() + " must not be empty")
      .with_hint(
          "leave it out, or name a value; a shell variable that is not set gives an empty one");
}

void check_choice(const Option& option, const std::string& text) {
  if (option.choices.empty() ||
      std::find(option.choices.begin(), option.choices.end(), text) != option.choices.end()) {
    return;
  }
  std::string all;
  for (const auto& choice : option.choices) all.append(all.empty() ? "" : ", ").append(choice);
  const auto near = closest_match(text, option.choices);
  Error error(ErrorCode::usage,
              option.long_name() + " expects one of " + all + ", not \"" + text + "\"");
  if (!near.empty()) std::move(error).with_hint("did you mean " + near + "?");
  throw error;
}

struct Binder {
  const Option& option;
  const std::vector<std::string>& values;
  const std::string& last() const { return values.back(); }

  void operator()(bool* v) const { *v = true; }
  void operator()(double* v) const { *v = parse_real(option, last()); }
  void operator()(std::string* v) const { *v = last(); }
  void operator()(std::optional<std::string>* v) const { *v = last(); }
  void operator()(std::optional<std::int64_t>* v) const {
    *v = parse_integer<std::int64_t>(option, last());
  }
  void operator()(std::vector<std::string>* v) const { *v = values; }
  void operator()(std::chrono::milliseconds* v) const {
    const auto duration = config::parse_duration(last());
    if (!duration)
      throw_invalid_value(option,
                          "expects a duration such as 500ms, 60s or 5m, not \"" + last() + "\"");
    check_duration_bounds(option, *duration, last());
    *v = *duration;
  }
  template <typename T>
  void operator()(T* v) const {
    *v = parse_integer<T>(option, last());
  }
};

void bind_key(const Option& option, const std::string& value,
              std::vector<config::FlagValue>& flags) {
  const auto& known = *config::find_option(option.key);
  config::Config scratch;
  if (const auto message = config::assign(known, scratch, value))
    throw_invalid_value(option, *message);
  flags.push_back({option.long_name(), option.key, value});
}

}  // namespace

void bind_values(const Option& option, const std::vector<std::string>& values,
                 std::vector<config::FlagValue>& flags) {
  if (!option.key.empty()) return bind_key(option, values.back(), flags);
  for (const auto& value : values) {
    check_not_empty(option, value);
    check_choice(option, value);
  }
  std::visit(Binder{option, values}, option.target);
}

}  // namespace feedctl::cli
