#include "config/listen_address.hpp"

#include "base/ascii.hpp"
#include "base/error.hpp"
#include "base/ip_address.hpp"

namespace feedctl::config {

namespace {

std::string strip_brackets(const std::string& host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

bool is_loopback(const std::string& listen_host) {
  const auto host = to_lower(strip_brackets(listen_host));
  if (host == "localhost" || host == "localhost." || host.find('/') != std::string::npos)
    return true;
  const auto address = IpAddress::parse(host);
  return address && address->is_loopback();
}

void check_bind(const ServerConfig& server) {
  if (server.insecure_public || is_loopback(server.host)) return;
  throw Error(ErrorCode::config,
              "refusing to listen on " + server.host + ", which others can reach without TLS")
      .with_hint(
          "put a TLS proxy before 127.0.0.1, or allow it with --insecure-public "
          "(server.insecure_public)");
}

void check_work_bind(const Config& config) {
  if (config.work.port == 0 || config.server.insecure_public || is_loopback(config.work.host))
    return;
  throw Error(ErrorCode::config, "refusing to show /metrics and /health of work on " +
                                     config.work.host + ", which others can reach without TLS")
      .with_hint("leave work.host at 127.0.0.1, or allow it with server.insecure_public: true");
}

}  // namespace feedctl::config
