#include "base/failpoint.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "base/error.hpp"
#include "base/failpoint_rule.hpp"
#include "base/text.hpp"

namespace feedctl::failpoint {

namespace {

constinit const EnabledPoint* newest_point = nullptr;
constexpr std::chrono::minutes stall_time{1};

[[noreturn]] void kill_process() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

const char* non_empty_variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

void require_failpoints() {
  if (newest_point != nullptr) return;
  throw Error(ErrorCode::config, "this build has no failpoints")
      .with_hint("build with -DFEEDCTL_FAILPOINTS=ON");
}

}  // namespace

struct Registry {
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t generation = 0;  // of the rules
  std::vector<Rule> rules;
  int hits_file = -1;

  // Never destroyed: threads may still hit points while the process ends.
  static Registry& instance() {
    static Registry& registry = *new Registry;
    return registry;
  }

  static const EnabledPoint* find(std::string_view name) {
    const auto* point = newest_point;
    while (point != nullptr && point->name_ != name) point = point->next_;
    return point;
  }

  static const EnabledPoint& require(std::string_view name) {
    if (const auto* point = find(name)) return *point;
    throw Error(ErrorCode::config, "there is no failpoint \"" + std::string(name) + "\"")
        .with_hint("there are: " + join(names(), ", "));
  }

  static std::vector<std::string> names() {
    require_failpoints();
    std::vector<std::string> found;
    for (const auto* p = newest_point; p != nullptr; p = p->next_) found.emplace_back(p->name_);
    std::sort(found.begin(), found.end());
    return found;
  }

  void replace_rules(std::vector<Rule> next, bool arm) {
    for (const auto& rule : next) require(rule.point);
    const std::lock_guard lock(mutex);
    rules = std::move(next);
    ++generation;
    changed.notify_all();
    if (arm) {
      for (const auto* p = newest_point; p != nullptr; p = p->next_) p->hit_count_ = 0;
    }
    EnabledPoint::is_armed_ = arm || hits_file >= 0;
  }

  // Under the mutex. The first rule that fires wins; all rules count the hit.
  std::optional<Rule> count_hit(const EnabledPoint& point, std::optional<std::int64_t> subject) {
    ++point.hit_count_;
    if (hits_file >= 0 && !std::exchange(point.is_recorded_, true)) record(point.name_);
    std::optional<Rule> firing;
    for (auto& rule : rules) {
      if (rule.on_hit(point.name_, subject) && !firing) firing = rule;
    }
    return firing;
  }

  std::int64_t count_of(const EnabledPoint& point) {
    const std::lock_guard lock(mutex);
    return point.hit_count_;
  }

  // One write, so that lines of several processes stay whole.
  void record(const std::string& name) const {
    const auto line = name + '\n';
    while (::write(hits_file, line.data(), line.size()) < 0 && errno == EINTR) continue;
  }

  void open_hits_file(const char* path) {
    hits_file = ::open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (hits_file < 0) {
      throw Error(ErrorCode::config, std::string("FEEDCTL_FAILPOINT_HITS names ") + path +
                                         ", which cannot be opened: " + std::strerror(errno));
    }
  }

  void stall(std::unique_lock<std::mutex>& lock) {
    changed.wait_for(lock, stall_time, [this, begun = generation] { return generation != begun; });
  }
};

EnabledPoint::EnabledPoint(const char* name) noexcept : name_(name), next_(newest_point) {
  newest_point = this;
}

std::optional<std::int64_t> EnabledPoint::on_hit(std::optional<std::int64_t> subject) const {
  auto& registry = Registry::instance();
  std::unique_lock lock(registry.mutex);
  const auto rule = registry.count_hit(*this, subject);
  if (!rule) return std::nullopt;
  switch (rule->action) {
    case Action::kill:
      kill_process();
    case Action::error:
      throw Error(ErrorCode::unavailable, "failpoint " + std::string(name_) + " fails");
    case Action::delay:
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::milliseconds{rule->number});
      return std::nullopt;
    case Action::stall:
      registry.stall(lock);
      return std::nullopt;
    case Action::value:
      return rule->number;
  }
  return std::nullopt;
}

void configure_from_environment() {
  const char* rules = non_empty_variable("FEEDCTL_FAILPOINT");
  const char* hits_file = non_empty_variable("FEEDCTL_FAILPOINT_HITS");
  if (rules == nullptr && hits_file == nullptr) return;
  require_failpoints();
  if (hits_file != nullptr) Registry::instance().open_hits_file(hits_file);
  arm(rules != nullptr ? rules : "");
}

void arm(std::string_view rules) {
  Registry::instance().replace_rules(parse_rules(rules), true);
}

void disarm() {
  Registry::instance().replace_rules({}, false);
}

std::vector<std::string> names() {
  return Registry::names();
}

std::int64_t hit_count(std::string_view name) {
  const auto& point = Registry::require(name);
  return Registry::instance().count_of(point);
}

}  // namespace feedctl::failpoint
