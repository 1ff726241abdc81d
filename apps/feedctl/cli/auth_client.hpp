#pragma once
// Client of a server's /auth routes, for commands. Thread-safe. Errors: Error(unavailable) if the
// server cannot be reached, Error(failed) for an answer that is no success.
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "http_client/client.hpp"

namespace feedctl::cli {

struct StoredTokens {
  Secret<std::string> access_token = {};
  Time access_expires_at = {};
  Secret<std::string> refresh_token = {};
  Time refresh_expires_at = {};
  std::string scope = {};
  std::string handle = {};
};

// "https://feed.example.org" of a server's URL. Error(usage) for anything but an origin.
std::string server_origin(const std::string& url);

class AuthClient {
 public:
  // `server`: of server_origin().
  explicit AuthClient(std::string server);

  std::vector<std::string> providers() const;
  StoredTokens exchange(const std::string& code, const std::string& code_verifier,
                        const std::string& redirect_uri) const;
  void log_out(const Secret<std::string>& refresh_token) const;

 private:
  http_client::Response post(const std::string& path, const std::string& body) const;

  const std::string server_;
  http_client::Client client_;
};

}  // namespace feedctl::cli
