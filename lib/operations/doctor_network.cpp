#include "operations/doctor_network.hpp"

#include <sys/timex.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/error.hpp"
#include "base/http_url.hpp"
#include "base/time.hpp"
#include "config/listen_address.hpp"
#include "http_client/client.hpp"

namespace feedctl::operations {

namespace {

using std::to_string;

constexpr std::int64_t warn_days = 21, min_days = 7;

bool is_everybody(const std::string& network) {
  return network == "0.0.0.0/0" || network == "::/0";
}

void check_certificate(Findings& findings, const std::string& url) {
  const auto host = parse_http_url(url).authority();
  const http_client::Client client({.ca_file = "",
                                    .allow_loopback_http = false,
                                    .allow_private_addresses = true,
                                    .user_agent = "feedctl doctor"});
  Finding finding{"certificate", Severity::ok, "", ""};
  const auto fix = "renew the certificate of " + host + " (certbot renew), and reload the proxy";
  try {
    const auto response = client.get(url);
    if (!response.certificate_end) return;
    const auto left =
        std::chrono::duration_cast<std::chrono::hours>(*response.certificate_end - now()).count() /
        24;
    finding.measurement = static_cast<double>(left);
    finding.text = "that of " + host + " is valid for " + to_string(left) + " days";
    if (left < warn_days) {
      finding.severity = left < min_days ? Severity::error : Severity::warning;
      finding.fix = fix;
    }
  } catch (const Error& error) {
    const auto& why = error.detail();
    const bool is_untrusted = why.find("certificate") != std::string::npos;
    finding.severity = is_untrusted ? Severity::error : Severity::warning;
    finding.text = host + ": " + (why.empty() ? error.what() : why);
    finding.fix = is_untrusted ? fix : "look at that server, or at the firewall on the way there";
  }
  findings.push_back(std::move(finding));
}

}  // namespace

void check_proxy(Findings& findings, const config::Config& config) {
  const auto& server = config.server;
  Finding finding{"proxy", Severity::ok, "", ""};
  const bool trusts_all =
      std::any_of(server.trusted_proxies.begin(), server.trusted_proxies.end(), is_everybody);
  const bool is_behind_proxy = config::is_loopback(server.host) &&
                               !config.auth.public_url.empty() &&
                               config.auth.public_url.starts_with("https://");
  if (trusts_all) {
    finding.severity = Severity::error;
    finding.text =
        "server.trusted_proxies names every address: any client may choose the address that limits "
        "and logs see";
    finding.fix = "server.trusted_proxies: [the proxy's address]";
  } else if (server.trusted_proxies.empty() && is_behind_proxy) {
    finding.severity = Severity::warning;
    finding.text =
        "auth.public_url is a proxy's, and server.trusted_proxies is empty: all clients have the "
        "proxy's address, so no limit by address holds";
    finding.fix = "server.trusted_proxies: [127.0.0.1, \"::1\"], if the proxy is on this machine";
  } else if (server.trusted_proxies.empty()) {
    finding.text = "no proxy is trusted: X-Forwarded-For counts nowhere";
  } else {
    finding.text = "X-Forwarded-For counts from " + to_string(server.trusted_proxies.size()) +
                   " addresses or networks";
  }
  findings.push_back(std::move(finding));
}

void check_certificates(Findings& findings, const config::Config& config) {
  std::set<std::string> urls;
  const bool uses_s3 = config.media.store != config::MediaConfig::Store::off &&
                       config.media.store != config::MediaConfig::Store::directory;
  if (config.auth.public_url.starts_with("https://")) urls.insert(config.auth.public_url);
  for (const auto& url : {config.media.s3_endpoint, config.media.s3_public_endpoint}) {
    if (uses_s3 && url.starts_with("https://")) urls.insert(url);
  }
  for (const auto& url : urls)
    run_check(findings, "certificate", [&] { check_certificate(findings, url); });
}

void check_clock_synchronization(Findings& findings) {
  timex state{};
  const int result = ::adjtimex(&state);
  if (result < 0) return;  // not allowed here: nothing is known
  if (result != TIME_ERROR && (state.status & STA_UNSYNC) == 0) {
    findings.push_back({"clock_sync", Severity::ok, "the clock of this machine is synchronized"});
    return;
  }
  findings.push_back({"clock_sync", Severity::warning,
                      "nothing keeps the clock of this machine right: ids, tokens and the hot "
                      "feed's window rest on it",
                      "timedatectl set-ntp true, or install chrony; in a container: on its host"});
}

}  // namespace feedctl::operations
