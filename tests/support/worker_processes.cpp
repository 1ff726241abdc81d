#include "support/worker_processes.hpp"

#include <thread>

namespace feedctl::support {

using namespace std::chrono_literals;

WorkerProcesses::WorkerProcesses(const FreshDatabase& database, int count, Settings settings,
                                 std::string failpoint) {
  const Settings secrets{{"redis.url", "FEEDCTL_REDIS_URL"},
                         {"bus.rabbitmq_url", "FEEDCTL_BUS_RABBITMQ_URL"}};
  run_.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG"};
  argv_ = {feedctl_binary(), "work", "--set", "log.level=warning"};
  for (const auto& [key, value] : settings) {
    if (const auto secret = secrets.find(key); secret != secrets.end()) {
      run_.environment.push_back(secret->second + "=" + value);
    } else {
      argv_.insert(argv_.end(), {"--set", key + "=" + value});
    }
  }
  if (!failpoint.empty()) run_.environment.push_back("FEEDCTL_FAILPOINT=" + failpoint);
  processes_.resize(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < processes_.size(); ++i) start(i);
}

void WorkerProcesses::start(std::size_t worker) {
  processes_[worker] = std::make_unique<BackgroundProcess>(argv_, run_);
}

void WorkerProcesses::kill(std::size_t worker) {
  processes_[worker]->signal(SIGKILL);
  processes_[worker]->wait(60s);
}

bool is_backlog_empty(const FreshDatabase& database) {
  return database.execute(
             "SELECT NOT EXISTS (SELECT FROM events e JOIN consumers c ON c.name = 'work' AND "
             "c.slot = e.shard % 16 WHERE NOT pg_visible_in_snapshot(e.xid, c.at)) AND NOT EXISTS "
             "(SELECT FROM jobs WHERE not_before < now() + interval '1 minute')") == "t";
}

int run_verify(const FreshDatabase& database, std::string& printed) {
  RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG"};
  options.timeout = 600s;
  const auto result = run_feedctl({"verify", "--all"}, options);
  printed = result.out + result.err;
  return result.exit_code;
}

}  // namespace feedctl::support
