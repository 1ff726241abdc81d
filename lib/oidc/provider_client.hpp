#pragma once
// The calls to one provider's servers. ProviderClient counts them in feedctl_oidc_requests_total,
// by what they ask for and by outcome. Errors are those of http_client::Client. Thread-safe.
#include <string>

#include "config/config.hpp"
#include "http_client/client.hpp"

namespace feedctl::oidc {

// emails: of kind github.
enum class Call { discovery, jwks, token, userinfo, emails };

class ProviderClient {
 public:
  // Connects to nothing. Error(config): ca_file cannot be read.
  explicit ProviderClient(const config::OidcProvider& provider);

  http_client::Response get(Call call, const std::string& url,
                            const http_client::Headers& headers) const;
  http_client::Response post_form(Call call, const std::string& url,
                                  const http_client::FormFields& fields,
                                  const http_client::Headers& headers) const;

 private:
  template <typename Send>
  http_client::Response counted(Call call, Send send) const;
  void count(Call call, const char* outcome) const;

  const std::string provider_;
  const http_client::Client http_;
};

}  // namespace feedctl::oidc
