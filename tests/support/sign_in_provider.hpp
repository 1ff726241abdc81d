#pragma once
// Independent OpenID providers of tests, each a real process on 127.0.0.1 with one client: this
// server. They do not share a line with the product.
#include <memory>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/server_process.hpp"

namespace feedctl::support {

inline constexpr const char* provider_password = "secret";

struct SignInProvider {
  std::string name;   // as in /auth/login/NAME
  Settings settings;  // of the server, as oidc.NAME.*
  std::unique_ptr<BackgroundProcess> process;
  std::string why_not;  // "" where it runs
};

// npm's oidc-provider: anyone signs in with any password.
SignInProvider start_npm_provider(int server_port);
// The example server of zitadel/oidc, with these people and provider_password.
SignInProvider start_zitadel_provider(int server_port, const std::vector<std::string>& people,
                                      const std::filesystem::path& folder);

// "http://127.0.0.1:PORT/auth/callback/NAME"
std::string callback_url(int server_port, const std::string& provider);

}  // namespace feedctl::support
