#pragma once
// A server that signs people in as GitHub does: OAuth 2.0 without an id_token, and a user API. With
// GitHub's habits: the token endpoint answers 200 with an `error` member, in a form unless JSON is
// accepted, and the API refuses a request without a User-Agent. In the test's own process, on a
// free port; it ends with its object.
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "dev_openid/expiring_store.hpp"
#include "http/router.hpp"
#include "http_server/server.hpp"
#include "support/server_process.hpp"

namespace feedctl::support {

class GithubLikeServer {
 public:
  explicit GithubLikeServer(std::string redirect_uri);

  std::string origin() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  // The settings of a server that people sign in to here, as the provider `name`.
  Settings server_settings(const std::string& name) const;
  // The person of that login gets another one, as people may at GitHub; the id stays.
  void rename(const std::string& login, const std::string& new_login);

 private:
  struct Grant {
    std::int64_t user_id;
    std::string code_challenge;
  };
  using Grants = dev_openid::ExpiringStore<Grant>;

  http::Router make_router();
  http::Response authorize(const http::Request& request) const;
  http::Response sign_in(const http::Request& request);
  http::Response exchange(const http::Request& request);
  http::Response user(const http::Request& request) const;
  http::Response emails(const http::Request& request) const;
  std::int64_t id_of(const std::string& login);
  std::string login_of(const http::Request& request) const;  // "": no valid token

  const std::string redirect_uri_;
  mutable std::mutex mutex_;
  std::map<std::int64_t, std::string> logins_;
  Grants codes_{std::chrono::minutes{10}};
  Grants tokens_{std::chrono::hours{1}};
  http::Router router_;
  http::Server server_;
};

}  // namespace feedctl::support
