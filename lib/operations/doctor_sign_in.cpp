#include "operations/doctor_sign_in.hpp"

#include <chrono>
#include <future>
#include <string>

#include "config/listen_address.hpp"
#include "oidc/discovery.hpp"
#include "oidc/probe.hpp"

namespace feedctl::operations {

namespace {

// Half of the leeway that the times of an id_token have.
constexpr std::chrono::seconds max_clock_offset{30};

constexpr const char* set_public_url = "auth.public_url: https://feed.example.org";

void check_public_url(Findings& findings, const config::Config& config) {
  const auto& url = config.auth.public_url;
  const bool is_local = oidc::names_this_machine(url);
  Finding finding{"public_url", Severity::ok, "browsers reach this server at " + url};
  if (url.empty()) {
    finding = {"public_url", Severity::error,
               "auth.public_url is missing: providers cannot send people back", set_public_url};
  } else if (!oidc::is_endpoint_allowed(url, true)) {
    finding = {"public_url", Severity::error,
               "auth.public_url is not https: browsers drop the cookie of a sign-in",
               set_public_url};
  } else if (is_local && !config::is_loopback(config.server.host)) {
    finding = {"public_url", Severity::warning,
               "auth.public_url is this machine, and others can reach " + config.server.host +
                   ": a provider sends their browsers to their own machine",
               set_public_url};
  }
  findings.push_back(std::move(finding));
}

Finding to_finding(const std::string& name, const oidc::ProbeResult& result) {
  Finding made{name, Severity::ok, result.summary};
  if (!result.clock_offset) return made;
  const auto seconds = result.clock_offset->count();
  made.measurement = static_cast<double>(seconds);
  if (std::chrono::abs(*result.clock_offset) <= max_clock_offset) return made;
  made.severity = Severity::warning;
  made.text += "; its clock is " + std::to_string(seconds < 0 ? -seconds : seconds) + " s " +
               (seconds < 0 ? "behind" : "ahead of") +
               " ours: at more than 60 s its sign-ins may be refused";
  made.fix = "timedatectl set-ntp true";
  return made;
}

Findings check_provider(const config::OidcProvider& provider) {
  const auto name = "oidc." + provider.name;
  Findings findings;
  run_check(findings, name, [&] { findings.push_back(to_finding(name, oidc::probe(provider))); });
  return findings;
}

void check_providers(Findings& findings, const std::vector<config::OidcProvider>& providers) {
  std::vector<std::future<Findings>> running;
  for (const auto& provider : providers)
    running.push_back(
        std::async(std::launch::async, [&provider] { return check_provider(provider); }));
  for (auto& check : running) {
    for (auto& finding : check.get()) findings.push_back(std::move(finding));
  }
}

}  // namespace

void check_sign_in(Findings& findings, const config::Config& config) {
  const auto& providers = config.oidc.providers;
  if (!providers.empty()) {
    check_public_url(findings, config);
    check_providers(findings, providers);
  } else if (config.auth.mode == config::AuthMode::required) {
    findings.push_back({"sign_in", Severity::ok,
                        "no provider is configured: people get tokens from an operator, by "
                        "feedctl users token --handle HANDLE"});
  }
}

}  // namespace feedctl::operations
