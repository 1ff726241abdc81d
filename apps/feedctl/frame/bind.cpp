#include "feedctl/frame/bind.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "config/options.hpp"
#include "config/values.hpp"

namespace feedctl::cli {

namespace {

[[noreturn]] void wrong(const Option& option, const std::string& message) {
  throw Error(ErrorCode::usage, option.long_name() + " " + message);
}

std::string shown(double bound) {
  return std::to_string(static_cast<std::int64_t>(bound));
}

void check_bounds(const Option& option, double value, const std::string& text) {
  if (!option.bounded || (value >= option.least && value <= option.most)) return;
  if (option.most >= 9e15)
    wrong(option, "must be at least " + shown(option.least) + ", not " + text);
  wrong(option,
        "must be from " + shown(option.least) + " to " + shown(option.most) + ", not " + text);
}

template <typename T>
T number(const Option& option, const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error != std::errc::invalid_argument && end == text.data() + text.size();
  if (!whole) wrong(option, "expects a number, not \"" + text + "\"");
  check_bounds(option, error == std::errc{} ? static_cast<double>(value) : 1e300, text);
  if (error != std::errc{} || value < static_cast<std::int64_t>(std::numeric_limits<T>::min()) ||
      (value > 0 && static_cast<std::uint64_t>(value) > std::numeric_limits<T>::max())) {
    wrong(option, "is out of range: " + text);
  }
  return static_cast<T>(value);
}

double real(const Option& option, const std::string& text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error == std::errc::result_out_of_range) wrong(option, "is out of range: " + text);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    wrong(option, "expects a number, not \"" + text + "\"");
  check_bounds(option, value, text);
  return value;
}

void check_filled(const Option& option, const std::string& text) {
  if (!text.empty() || option.may_be_empty) return;
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
  const auto near = nearest(text, option.choices);
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
  void operator()(double* v) const { *v = real(option, last()); }
  void operator()(std::string* v) const { *v = last(); }
  void operator()(std::optional<std::string>* v) const { *v = last(); }
  void operator()(std::optional<std::int64_t>* v) const {
    *v = number<std::int64_t>(option, last());
  }
  void operator()(std::vector<std::string>* v) const { *v = values; }
  void operator()(std::chrono::milliseconds* v) const {
    const auto duration = config::parse_duration(last());
    if (!duration)
      wrong(option, "expects a duration such as 500ms, 60s or 5m, not \"" + last() + "\"");
    *v = *duration;
  }
  template <typename T>
  void operator()(T* v) const {
    *v = number<T>(option, last());
  }
};

void bind_key(const Option& option, const std::string& value,
              std::vector<config::FlagValue>& flags) {
  const auto& known = *config::find_option(option.key);
  config::Config scratch;
  if (const auto message = config::assign(known, scratch, value)) wrong(option, *message);
  flags.push_back({option.long_name(), option.key, value});
}

}  // namespace

void bind_values(const Option& option, const std::vector<std::string>& values,
                 std::vector<config::FlagValue>& flags) {
  if (!option.key.empty()) return bind_key(option, values.back(), flags);
  for (const auto& value : values) {
    check_filled(option, value);
    check_choice(option, value);
  }
  std::visit(Binder{option, values}, option.target);
}

}  // namespace feedctl::cli
