#include "feedctl/server_urls.hpp"

#include "base/error.hpp"
#include "base/http_url.hpp"
#include "base/ip_address.hpp"

namespace feedctl::cli {

namespace {

bool is_wildcard(const std::string& host) {
  return host == "0.0.0.0" || host == "::" || host == "[::]" || host == "*";
}

std::string reachable_host(const std::string& host) {
  if (is_wildcard(host)) return host == "0.0.0.0" || host == "*" ? "127.0.0.1" : "[::1]";
  return host.find(':') != std::string::npos && host.front() != '[' ? "[" + host + "]" : host;
}

}  // namespace

std::string configured_serve_url(const config::Config& config) {
  const auto& server = config.server;
  if (server.host.find('/') != std::string::npos)
    throw Error(ErrorCode::usage, "server.host is a unix socket, " + server.host)
        .with_hint("--url URL, of a proxy before it");
  if (server.port == 0)
    throw Error(ErrorCode::usage, "server.port is 0, so the port is not known")
        .with_hint("--url URL, such as http://127.0.0.1:8000");
  return "http://" + reachable_host(server.host) + ":" + std::to_string(server.port);
}

std::optional<std::string> configured_work_url(const config::Config& config) {
  if (config.work.port == 0) return std::nullopt;
  return "http://" + reachable_host(config.work.host) + ":" + std::to_string(config.work.port);
}

std::string url_with_path(const std::string& url, const std::string& path,
                          const std::string& what) {
  try {
    const auto parts = parse_http_url(url);
    return parts.path != "/" || !parts.query.empty() ? url : parts.origin() + path;
  } catch (const UrlError& error) {
    throw Error(ErrorCode::usage, what + " " + error.what())
        .with_hint("give one such as http://127.0.0.1:8000");
  }
}

}  // namespace feedctl::cli
