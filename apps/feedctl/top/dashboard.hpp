#pragma once
// The state that `feedctl top` shows: each process with its rates since the reading before, and all
// of them together. A value; one thread.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "feedctl/top/interval_rates.hpp"
#include "feedctl/top/server_poller.hpp"

namespace feedctl::cli::live {

struct ServerState {
  using Clock = std::chrono::steady_clock;

  explicit ServerState(std::string server_name) : name(std::move(server_name)) {}
  void add(Reading reading);

  enum class Kind { waiting, up, down };  // waiting: for its first answer
  Kind kind() const;
  bool is_up() const { return kind() == Kind::up; }
  std::string role() const;    // "serve", "work", "other"
  std::string status() const;  // "ok", "degraded", "down", ..

  std::string name;
  std::optional<Reading> last;         // the newest answer
  std::optional<IntervalRates> rates;  // up to it; nullopt: not known
  std::string failure;                 // of the newest reading; "": it answered
  Clock::time_point down_since;
};

// Sums and worst values over the processes that answer.
struct Totals {
  IntervalRates rates;
  bool has_rates = false;
  std::size_t servers = 0, up = 0, serving = 0, working = 0, index_ready = 0;
  ServerMetrics gauges;                  // only its gauges, jobs and `degraded`
  std::vector<Dependency> dependencies;  // one of each name: down, if one process says so
};

class Dashboard {
 public:
  explicit Dashboard(const std::vector<std::string>& names);

  void add(std::size_t server, Reading reading);
  const std::vector<ServerState>& servers() const { return servers_; }
  Totals totals() const;
  // Every process has answered or failed at least once.
  bool is_complete() const;

 private:
  std::vector<ServerState> servers_;
};

enum class Sort { rate, p99, errors, name };
Sort next_sort(Sort sort);
std::string_view name_of(Sort sort);

struct RouteRow {
  std::string name;
  double requests = 0, errors = 0, refused = 0;
  std::optional<double> p50, p99;  // seconds
};
std::vector<RouteRow> sorted_routes(const IntervalRates& rates, Sort sort);

}  // namespace feedctl::cli::live
