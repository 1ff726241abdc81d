#pragma once
// `feedctl work` as real processes against a test's own database, and what to wait for.
#include <memory>
#include <string>
#include <vector>

#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"

namespace feedctl::support {

class WorkerProcesses {
 public:
  // `settings`: configuration keys; `failpoint`: FEEDCTL_FAILPOINT of the processes.
  WorkerProcesses(const FreshDatabase& database, int count, Settings settings = {},
                  std::string failpoint = "");

  void start(std::size_t worker);
  void kill(std::size_t worker);
  void signal(std::size_t worker, int number) { processes_[worker]->signal(number); }
  int stop(std::size_t worker) { return processes_[worker]->stop(); }
  bool is_running(std::size_t worker) { return processes_[worker]->is_running(); }
  std::size_t size() const { return processes_.size(); }
  std::string output(std::size_t worker) const { return processes_[worker]->output(); }

 private:
  std::vector<std::string> argv_;
  RunOptions run_;
  std::vector<std::unique_ptr<BackgroundProcess>> processes_;
};

// No event is waiting for a slot of `work`, and no job is open that could begin within a minute.
bool is_backlog_empty(const FreshDatabase& database);

// `feedctl verify --all`; its exit code, and what it printed where that is not 0.
int run_verify(const FreshDatabase& database, std::string& printed);

}  // namespace feedctl::support
