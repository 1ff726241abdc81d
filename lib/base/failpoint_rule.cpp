#include "base/failpoint_rule.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"

namespace feedctl::failpoint {

namespace {

constexpr std::int64_t min_number = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t max_number = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t max_delay_ms = 3'600'000;

struct ActionForm {
  std::string_view word;
  Action action;
  bool takes_number;
};
constexpr std::array<ActionForm, 5> action_forms{{{"kill", Action::kill, false},
                                                  {"error", Action::error, false},
                                                  {"delay", Action::delay, true},
                                                  {"stall", Action::stall, false},
                                                  {"value", Action::value, true}}};

class RuleParser {
 public:
  explicit RuleParser(std::string_view text) : text_(text) {}

  Rule parse() {
    const auto equals = text_.find('=');
    if (equals == std::string_view::npos) fail("it has no =");
    parse_point(text_.substr(0, equals));
    const auto action = text_.substr(equals + 1);
    const auto end = std::min(action.find_first_of("@*"), action.size());
    parse_action(action.substr(0, end));
    parse_limits(action.substr(end));
    return std::move(rule_);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorCode::config, "bad failpoint rule \"" + std::string(text_) + "\": " + why)
        .with_hint(
            "NAME=ACTION, NAME[SUBJECT]=ACTION@N*M; actions: kill, error, delay:MS, stall, "
            "value:N; ; separates rules");
  }

  std::int64_t number(std::string_view digits, std::int64_t min, std::int64_t max) const {
    std::int64_t value = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || stop != end || value < min || value > max)
      fail("\"" + std::string(digits) + "\" is no number that fits here");
    return value;
  }

  void parse_point(std::string_view point) {
    const auto bracket = point.find('[');
    if (bracket != std::string_view::npos) {
      if (point.back() != ']') fail("] is missing");
      const auto subject = point.substr(bracket + 1, point.size() - bracket - 2);
      rule_.subject = number(subject, min_number, max_number);
    }
    rule_.point = point.substr(0, bracket);
    if (rule_.point.empty()) fail("it has no name");
  }

  void parse_action(std::string_view action) {
    const bool has_number = action.find(':') != std::string_view::npos;
    const auto word = next_field(action, ':');
    for (const auto& form : action_forms) {
      if (form.word != word || form.takes_number != has_number) continue;
      rule_.action = form.action;
      if (form.action == Action::delay) rule_.number = number(action, 0, max_delay_ms);
      if (form.action == Action::value) rule_.number = number(action, min_number, max_number);
      return;
    }
    fail("there is no such action");
  }

  void parse_limits(std::string_view limits) {
    std::optional<std::int64_t> nth, max_count;
    while (!limits.empty()) {
      const auto end = std::min(limits.find_first_of("@*", 1), limits.size());
      auto& limit = limits.front() == '@' ? nth : max_count;
      if (limit) fail("it has two of one limit");
      limit = number(limits.substr(1, end - 1), 1, max_number);
      limits.remove_prefix(end);
    }
    if (nth) rule_.first_hit = *nth;
    if (nth || max_count) rule_.max_count = max_count.value_or(1);
  }

  const std::string_view text_;
  Rule rule_;
};

}  // namespace

bool Rule::on_hit(std::string_view hit_point, std::optional<std::int64_t> hit_subject) {
  if (hit_point != point || (subject && subject != hit_subject)) return false;
  ++hits;
  return hits >= first_hit && hits - first_hit < max_count;
}

std::vector<Rule> parse_rules(std::string_view text) {
  std::vector<Rule> rules;
  while (!text.empty()) rules.push_back(RuleParser(next_field(text, ';')).parse());
  return rules;
}

}  // namespace feedctl::failpoint
