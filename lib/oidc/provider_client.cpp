#include "oidc/provider_client.hpp"

#include <mutex>
#include <set>

#include "base/error.hpp"
#include "metrics/degraded.hpp"
#include "metrics/metrics.hpp"
#include "oidc/http_options.hpp"

namespace feedctl::oidc {

namespace {

const char* name_of(Call call) {
  switch (call) {
    case Call::discovery:
      return "discovery";
    case Call::jwks:
      return "jwks";
    case Call::token:
      return "token";
    case Call::userinfo:
      return "userinfo";
    case Call::emails:
      return "emails";
  }
  return "";
}

// Of all providers of the process: one that does not answer makes the sign-in degraded.
void set_answering(const std::string& provider, bool is_answering) {
  static std::mutex mutex;
  static auto* silent = new std::set<std::string>;  // never destroyed: threads may still call
  const std::lock_guard lock(mutex);
  if (is_answering)
    silent->erase(provider);
  else
    silent->insert(provider);
  metrics::set_degraded("oidc", !silent->empty());
}

const char* outcome_of(const http_client::Response& response) {
  if (response.is_success()) return "ok";
  return response.status >= 500 ? "failed" : "refused";
}

}  // namespace

ProviderClient::ProviderClient(const config::OidcProvider& provider)
    : provider_(provider.name), http_(http_options(provider)) {
  set_answering(provider_, true);
}

http_client::Response ProviderClient::get(Call call, const std::string& url,
                                          const http_client::Headers& headers) const {
  return counted(call, [&] { return http_.get(url, headers); });
}

http_client::Response ProviderClient::post_form(Call call, const std::string& url,
                                                const http_client::FormFields& fields,
                                                const http_client::Headers& headers) const {
  return counted(call, [&] { return http_.post_form(url, fields, headers); });
}

template <typename Send>
http_client::Response ProviderClient::counted(Call call, Send send) const {
  try {
    auto response = send();
    count(call, outcome_of(response));
    set_answering(provider_, response.status < 500);
    return response;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unavailable) {
      count(call, "unreachable");
      set_answering(provider_, false);
    }
    throw;
  }
}

void ProviderClient::count(Call call, const char* outcome) const {
  metrics::counter("feedctl_oidc_requests_total",
                   "Calls to the providers of sign-in, by what they ask for and by outcome",
                   {{"provider", provider_}, {"what", name_of(call)}, {"outcome", outcome}})
      .add();
}

}  // namespace feedctl::oidc
