#pragma once
// What must hold of the database before requests, or events, may be handed to this process: a list
// of small named checks, in the order in which they are asked. Shared by serve and work.
// Thread-safe.
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/database.hpp"

namespace feedctl::app {

struct NotReady {
  std::string status;  // one word: "schema", "cluster", "writes", ..
  std::string reason;  // one line, with the remedy
};

struct ReadinessCheck {
  std::string name;
  // How long an answer counts; 0: asked each time.
  std::chrono::milliseconds keep;
  // nullopt: it holds. Throws Error where that cannot be known: the database is away.
  std::function<std::optional<NotReady>(store::Database&)> ask;
};

std::vector<ReadinessCheck> readiness_checks();

class Readiness {
 public:
  explicit Readiness(store::Database& database) : database_(database) {}

  // The first check that does not hold. Throws Error where the database is away, or a standby,
  // which is as good as away.
  std::optional<NotReady> look();

 private:
  struct Known {
    ReadinessCheck check;
    std::optional<NotReady> answer = std::nullopt;
    std::chrono::steady_clock::time_point asked = {};
  };
  static std::vector<Known> begin();
  bool is_current(const Known& known) const;

  store::Database& database_;
  std::mutex mutex_;
  std::vector<Known> checks_ = begin();
};

// Sees what changes while connections stay open, such as a migration; never throws. For a thread
// that looks every `watch_period`.
void watch(store::Database& database);
inline constexpr std::chrono::seconds watch_period{2};

}  // namespace feedctl::app
