#pragma once
// A serve with low rate limits, a Redis of its own and a signing key for tokens. The tests' own
// address is exempt from nothing. Limits are a day's, so that nothing is allowed again meanwhile.
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/fresh_database.hpp"
#include "support/migrate.hpp"
#include "support/redis_server.hpp"
#include "support/server_process.hpp"

namespace feedctl::test {

class LimitedServer {
 public:
  explicit LimitedServer(support::Settings settings) {
    support::migrate_up(database_);
    settings.emplace("redis.url", redis_.url());
    settings.emplace("redis.timeout", "10s");
    settings.emplace("auth.mode", "required");
    settings.emplace("rate_limit.enabled", "true");
    settings.emplace("rate_limit.exempt_addresses", "");
    settings.emplace("server.trusted_proxies", "127.0.0.1");
    serve_ = std::make_unique<support::ServerProcess>(database_, std::move(settings));
  }

  // What a client at that address gets, behind a trusted proxy.
  support::HttpResponse get_from(const std::string& address, const std::string& target,
                                 const std::string& token = "") const {
    support::HttpHeaders headers{{"X-Forwarded-For", address}};
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    return serve_->client().get(target, headers);
  }
  std::string token(const std::string& handle, const std::string& role = "user") const {
    auto out = run({"users", "token", "--handle", handle, "--create", "--role", role});
    while (!out.empty() && out.back() == '\n') out.pop_back();
    return out;
  }
  support::ServerProcess& serve() const { return *serve_; }
  RedisServer& redis() { return redis_; }

 private:
  std::string run(const std::vector<std::string>& arguments) const {
    support::RunOptions shell;
    shell.environment = {"FEEDCTL_DATABASE_URL=" + database_.url().reveal(),
                         "FEEDCTL_DATABASE_OWNER_URL=" + database_.owner_url().reveal()};
    auto result = support::run_feedctl(arguments, shell);
    if (result.exit_code != 0) throw std::runtime_error(result.err);
    return std::move(result.out);
  }

  support::FreshDatabase database_;
  RedisServer redis_;
  std::unique_ptr<support::ServerProcess> serve_;
};

}  // namespace feedctl::test
