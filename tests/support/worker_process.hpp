#pragma once
// `feedctl work` beside a test's server, and redis-cli for its Redis.
#include <functional>
#include <memory>

#include "support/fresh_database.hpp"
#include "support/process.hpp"
#include "support/test_servers.hpp"
#include "support/worker_processes.hpp"

namespace feedctl::api {

class WorkerProcess {
 public:
  explicit WorkerProcess(const support::FreshDatabase& database, const std::string& redis_url = "",
                         const std::vector<std::string>& settings = {}) {
    support::RunOptions run;
    run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG",
                       "FEEDCTL_REDIS_URL=" + redis_url};
    std::vector<std::string> argv{support::feedctl_binary(), "work", "--set", "log.level=warning"};
    for (const auto& setting : settings) argv.insert(argv.end(), {"--set", setting});
    process_ = std::make_unique<support::BackgroundProcess>(argv, run);
  }
  std::string output() const { return process_->output(); }
  int stop() { return process_->stop(); }

 private:
  std::unique_ptr<support::BackgroundProcess> process_;
};

inline std::string redis_cli(int database, std::vector<std::string> words) {
  std::vector<std::string> argv{"redis-cli", "-s",
                                support::test_servers().redis().socket_path().string(), "-n",
                                std::to_string(database)};
  argv.insert(argv.end(), words.begin(), words.end());
  return support::run(argv).out;
}

using support::eventually;

}  // namespace feedctl::api
