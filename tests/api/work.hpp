#pragma once
// `feedctl work` beside a test's server, and redis-cli for its Redis.
#include <functional>
#include <memory>

#include "support/fresh_database.hpp"
#include "support/process.hpp"
#include "support/stack.hpp"
#include "support/workers.hpp"

namespace feedctl::api {

class Work {
 public:
  explicit Work(const support::FreshDatabase& database, const std::string& redis_url = "",
                const std::vector<std::string>& settings = {}) {
    support::RunOptions run;
    run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG",
                       "FEEDCTL_REDIS_URL=" + redis_url};
    std::vector<std::string> argv{support::feedctl_binary(), "work", "--set", "log.level=warning"};
    for (const auto& setting : settings) argv.insert(argv.end(), {"--set", setting});
    process_ = std::make_unique<support::Background>(argv, run);
  }
  std::string output() const { return process_->output(); }
  int stop() { return process_->stop(); }

 private:
  std::unique_ptr<support::Background> process_;
};

inline std::string redis_cli(int database, std::vector<std::string> words) {
  std::vector<std::string> argv{"redis-cli", "-s", support::stack().redis().socket().string(), "-n",
                                std::to_string(database)};
  argv.insert(argv.end(), words.begin(), words.end());
  return support::run(argv).out;
}

inline bool eventually(const std::function<bool()>& holds) {
  return support::eventually(std::chrono::seconds{30}, holds);
}

}  // namespace feedctl::api
