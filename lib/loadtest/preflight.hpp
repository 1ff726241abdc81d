#pragma once
// What a load test asks of a server before it begins: whether it is ready, whether it takes the
// users, and which users, posts and pages it has.
//
// Calls are few, one after the other, each bounded in time and size. One thread. Errors say what to
// do next: Error(unavailable) where the server does not answer or is not ready, Error(usage) where
// it wants other credentials.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http_client/client.hpp"
#include "loadtest/mix.hpp"
#include "loadtest/scenario_source.hpp"
#include "loadtest/user_pool.hpp"

namespace feedctl::loadtest {

inline constexpr std::size_t max_made_users = 10'000;
inline constexpr std::size_t max_found_users = 10'000;

// For calls to the server under test: http:// to this machine and to private networks.
http_client::Options preflight_client_options();

class Preflight {
 public:
  // `origin`: "http://127.0.0.1:8000". The functions end early, with what they have, once
  // `should_stop` says so.
  Preflight(std::string origin, std::function<bool()> should_stop);

  void require_ready() const;
  // Error(usage) where the server lets nobody act without a token.
  void require_open_mode() const;
  // Asks for the user's home feed. Error(usage) where the server refuses the user.
  void require_accepted(const LoadUser& user) const;
  // The server's RateLimit-Policy; "": it limits no reads of this user.
  const std::string& rate_limit() const { return rate_limit_; }

  // The accounts lt_0, lt_1, ..: those that are there, and new ones. Needs auth.mode open.
  std::vector<LoadUser> make_users(std::size_t count) const;
  // Authors of the hot feed, those with the most posts first, then their followers.
  std::vector<LoadUser> find_users(std::size_t limit) const;
  // Posts of the hot feed, and pages of the content hub, as far as the mix needs them.
  KnownIds find_ids(const Mix& mix) const;

 private:
  http_client::Response call(const std::string& method, const std::string& target,
                             const http_client::Headers& headers = {},
                             const std::string& body = "") const;
  std::optional<LoadUser> find_user(const std::string& handle) const;
  LoadUser make_user(const std::string& handle) const;

  std::string origin_;
  std::function<bool()> should_stop_;
  http_client::Client client_;
  mutable std::string rate_limit_;
};

}  // namespace feedctl::loadtest
