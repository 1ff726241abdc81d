#pragma once
// The OpenID provider of `feedctl dev` as a real process on a free port of 127.0.0.1. It ends with
// its object. One thread.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::support {

struct OpenIdProviderOptions {
  std::string client_id = "feedctl";
  std::string client_secret = "the-client-secret";
  std::vector<std::string> redirect_uris = {};
  std::string alg = "RS256";             // or "ES256"
  std::vector<std::string> people = {};  // usernames that its page offers
};

class OpenIdProviderProcess {
 public:
  // Returns once it answers. Throws, with what it printed, where it does not.
  explicit OpenIdProviderProcess(const OpenIdProviderOptions& options);

  int port() const { return port_; }
  std::string issuer() const { return "http://127.0.0.1:" + std::to_string(port_); }
  HttpClient client() const { return HttpClient(port_); }
  std::string output() const { return process_->output(); }
  // A new key signs from now on; returns its kid. Without `keep_old` the earlier ones are gone.
  std::string rotate_keys(bool keep_old = true) const;
  // kill -9; start() then serves on the same port again, with new keys.
  void kill();
  void start();
  // The settings of a server that people sign in to here, as the provider `name`.
  Settings server_settings(const std::string& name) const;

 private:
  OpenIdProviderOptions options_;
  int port_;
  TempFolder folder_;
  std::unique_ptr<BackgroundProcess> process_;
};

}  // namespace feedctl::support
