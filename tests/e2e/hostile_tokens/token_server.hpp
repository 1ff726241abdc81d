#pragma once
// A serve with auth.mode required, three accounts with their tokens, and a forger who has the
// installation's signing key. One thread.
#include <string>
#include <vector>

#include "auth/token_forger.hpp"
#include "base/json.hpp"
#include "e2e/hostile_tokens/json_members.hpp"
#include "support/api.hpp"

namespace feedctl::hostile {

using api::HttpClient;
using api::HttpResponse;
using support::HttpHeaders;

struct Route {
  std::string method;
  std::string path;  // with 1 for each parameter
  std::string policy;
};
// Those of `feedctl routes`.
std::vector<Route> routes_with_policy(const std::string& policy);

HttpHeaders bearer(const std::string& token);

class TokenServer {
 public:
  explicit TokenServer(support::Settings settings = {});

  // By `feedctl users token`; makes the account where there is none.
  std::string issue(const std::string& handle, const std::vector<std::string>& options = {}) const;
  std::string id_of(const std::string& handle) const;
  test::TokenForger make_forger() const;

  support::FreshDatabase database;
  support::RunOptions shell;
  support::ServerProcess serve;
  HttpClient http = serve.client();
  std::string ada = issue("ada"), bob = issue("bob"), root = issue("root", {"--role", "admin"});
  std::string ada_id = id_of("ada"), bob_id = id_of("bob"), root_id = id_of("root");
};

// A genuine token in its parts, to be changed and signed again.
struct TokenParts {
  explicit TokenParts(const std::string& token);
  JsonMembers header, claims;
  std::string signing_input;  // with the dot before the signature
  std::string signature;      // 64 bytes
};

// It is refused on a route for users, on one for admins and on a public one, and says how to come
// in.
void check_refused(const HttpClient& http, const std::string& token);

}  // namespace feedctl::hostile
