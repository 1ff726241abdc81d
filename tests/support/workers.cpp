#include "support/workers.hpp"

#include <thread>

namespace feedctl::support {

using namespace std::chrono_literals;

namespace {

// Patience is what an idle machine may need; a busy one takes longer.
constexpr int busy_factor = 5;

}  // namespace

Workers::Workers(const FreshDatabase& database, int count, Settings settings,
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

void Workers::start(std::size_t worker) {
  processes_[worker] = std::make_unique<Background>(argv_, run_);
}

void Workers::kill(std::size_t worker) {
  processes_[worker]->signal(SIGKILL);
  processes_[worker]->wait(60s);
}

bool eventually(std::chrono::milliseconds patience, const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + patience * busy_factor;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

bool settled(const FreshDatabase& database) {
  return database.execute(
             "SELECT NOT EXISTS (SELECT FROM events e JOIN consumers c ON c.name = 'work' AND "
             "c.slot = e.shard % 16 WHERE NOT pg_visible_in_snapshot(e.xid, c.at)) AND NOT EXISTS "
             "(SELECT FROM jobs WHERE not_before < now() + interval '1 minute')") == "t";
}

int verify(const FreshDatabase& database, std::string& printed) {
  RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG"};
  options.timeout = 600s;
  const auto result = run_feedctl({"verify", "--all"}, options);
  printed = result.out + result.err;
  return result.exit_code;
}

}  // namespace feedctl::support
