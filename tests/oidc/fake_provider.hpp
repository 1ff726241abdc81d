#pragma once
// An OpenID provider on 127.0.0.1 whose documents and answers the test may replace, one by one.
// Thread-safe.
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "oidc/provider.hpp"
#include "support/scripted_server.hpp"
#include "token_signer.hpp"

namespace feedctl::test {

inline constexpr std::int64_t noon = 1'900'000'000;  // the time of these tests

class FakeProvider {
 public:
  FakeProvider();

  std::string issuer() const { return server_.origin(); }
  config::OidcProvider config() const;

  // The whole answer (bytes of HTTP) at a path: "/jwks". Before: what a good provider sends.
  void set_raw(const std::string& path, std::string bytes);
  // The same as a JSON document with status 200.
  void set_json(const std::string& path, const std::string& document);
  // Keys that /jwks publishes.
  void publish(const std::vector<std::string>& jwks);
  // The id_token that /token gives.
  void set_id_token(const std::string& token);
  // From now on connections are closed without an answer, or no more.
  void set_down(bool is_down);

  int requests(const std::string& path) const;
  support::ScriptedRequest last(const std::string& path) const;

  // With the endpoints of this server; `more` goes behind the last member: `,"a":1`.
  std::string discovery(const std::string& more = "") const;
  // Valid for config() and expected(); a `replaced` member has another value, "" removes it.
  std::string claims(const std::map<std::string, std::string>& replaced = {}) const;

 private:
  void serve(support::ScriptedConnection& connection);

  mutable std::mutex mutex_;
  std::map<std::string, std::string> answers_;
  std::map<std::string, int> counts_;
  std::map<std::string, support::ScriptedRequest> last_;
  bool is_down_ = false;
  support::ScriptedServer server_;
};

oidc::Expected expected();
// With a code.
oidc::CallbackParameters callback();

}  // namespace feedctl::test
