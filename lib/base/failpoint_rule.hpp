#pragma once
// Rules of failpoints: which hits of which point fire, and what then happens. Plain values; not
// thread-safe.
//
// A rule is NAME[SUBJECT]=ACTION@N*M. [SUBJECT], @N and *M may be left out; `;` separates rules.
// @N fires at the Nth hit alone, *M at the first M hits, both at M hits from the Nth on.
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::failpoint {

enum class Action {
  kill,   // SIGKILL to this process
  error,  // throws Error(unavailable), as a broken connection would
  delay,  // sleeps
  stall,  // sleeps for a minute, or until the rules are removed
  value,  // gives its number to the code that hits the point
};

struct Rule {
  std::string point;
  std::optional<std::int64_t> subject;  // set: the rule is about hits with this subject only
  Action action = Action::kill;
  std::int64_t number = 0;  // milliseconds of a delay, or the value
  std::int64_t first_hit = 1;
  std::int64_t max_count = std::numeric_limits<std::int64_t>::max();
  std::int64_t hits = 0;

  // Counts the hit if the rule is about it. Whether the rule fires.
  bool on_hit(std::string_view hit_point, std::optional<std::int64_t> hit_subject);
};

// Error(config) with the grammar as hint.
std::vector<Rule> parse_rules(std::string_view text);

}  // namespace feedctl::failpoint
