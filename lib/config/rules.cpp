#include "config/rules.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.hpp"
#include "config/config.hpp"
#include "config/values.hpp"

namespace feedctl::config {

namespace {

using Message = std::optional<std::string>;

bool is_number(std::string_view text, int least, int most) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= least &&
         value <= most;
}

// -1: no address.
int address_bits(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return 32;
  return inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 ? 128 : -1;
}

Message network(std::string_view text) {
  const auto slash = text.find('/');
  const int bits = address_bits(std::string(text.substr(0, slash)));
  if (bits > 0 && (slash == std::string_view::npos || is_number(text.substr(slash + 1), 0, bits)))
    return std::nullopt;
  return "expects addresses or CIDR ranges such as 10.0.0.0/8, not \"" + std::string(text) + "\"";
}

Message origin(std::string_view text) {
  if (text == "*") return std::nullopt;
  const auto scheme = text.find("://");
  const bool http = text.rfind("http://", 0) == 0 || text.rfind("https://", 0) == 0;
  if (http && text.size() > scheme + 3 &&
      text.find_first_of("/?# ", scheme + 3) == std::string_view::npos) {
    return std::nullopt;
  }
  return "expects origins such as https://example.org, without a path, not \"" + std::string(text) +
         "\"";
}

Message host_name(std::string_view text) {
  if (text.find_first_of("/ \t@") == std::string_view::npos) return std::nullopt;
  return "expects host names such as feed.example.org, not \"" + std::string(text) + "\"";
}

// The ports in "user@host:1234,other:5678" are numbers, as far as they are there.
bool ports_are_good(std::string_view authority) {
  const auto at = authority.rfind('@');
  if (at != std::string_view::npos) authority.remove_prefix(at + 1);
  while (!authority.empty()) {
    const auto comma = authority.find(',');
    const auto host = authority.substr(0, comma);
    const auto bracket = host.rfind(']');
    const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos && colon + 1 < host.size() &&
        !is_number(host.substr(colon + 1), 1, 65535)) {
      return false;
    }
    authority = comma == std::string_view::npos ? std::string_view{} : authority.substr(comma + 1);
  }
  return true;
}

std::string_view authority_of(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

Message postgresql(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.rfind("postgresql://", 0) == 0 || text.rfind("postgres://", 0) == 0) {
    if (ports_are_good(authority_of(text))) return std::nullopt;
    return "has a port that is no number from 1 to 65535";
  }
  if (text.find("://") == std::string_view::npos && text.find('=') != std::string_view::npos)
    return std::nullopt;
  return "expects postgresql://user@host/database, or host=.. dbname=..";
}

Message redis(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.rfind("unix://", 0) == 0) {
    return text.size() > 8 && text[7] == '/'
               ? std::nullopt
               : Message("expects unix:///path/to/socket, with three slashes");
  }
  if (text.rfind("redis://", 0) == 0) {
    const auto rest = text.substr(8);
    if (rest.empty() || rest[0] == '/') return "names no host";
    if (!ports_are_good(authority_of(text))) return "has a port that is no number from 1 to 65535";
    const auto slash = rest.find('/');
    if (slash != std::string_view::npos && slash + 1 < rest.size()) {
      const auto number = rest.substr(slash + 1, rest.find('?', slash) - slash - 1);
      if (!number.empty() && !is_number(number, 0, 1000000))
        return "has a database that is no number";
    }
    return std::nullopt;
  }
  if (text.rfind("rediss://", 0) == 0)
    return "asks for TLS, which this build has not: use redis:// through a local tunnel";
  return "expects redis://host:6379/0 or unix:///path/to/socket";
}

Message rabbitmq(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.rfind("amqps://", 0) == 0)
    return "asks for TLS, which this build has not: use amqp:// through a local tunnel";
  if (text.rfind("amqp://", 0) != 0) return "expects amqp://user:password@host:5672/vhost";
  if (!ports_are_good(authority_of(text))) return "has a port that is no number from 1 to 65535";
  return std::nullopt;
}

}  // namespace

Message broken_rule(std::string_view rule, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return "holds a NUL byte";
  if (rule == "not empty") return text.empty() ? Message("must not be empty") : std::nullopt;
  if (rule == "key")
    return text.empty() || text.size() >= 16 ? std::nullopt
                                             : Message("needs at least 16 characters");
  if (rule == "networks") return network(text);
  if (rule == "origins") return origin(text);
  if (rule == "hosts") return host_name(text);
  if (rule == "postgresql") return postgresql(text);
  if (rule == "redis") return redis(text);
  if (rule == "rabbitmq") return rabbitmq(text);
  if (rule == "percent")
    return parse_percent(text) ? std::nullopt : Message("expects 0% to 100%, such as 0.1%");
  return std::nullopt;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host.find('/') != std::string::npos) return true;
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) return bytes[0] == 127;
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1) return false;
  // ::1, or 127/8 mapped into IPv6.
  const bool zeros =
      std::all_of(bytes.begin(), bytes.begin() + 10, [](unsigned char b) { return b == 0; });
  if (zeros && bytes[10] == 0xff && bytes[11] == 0xff) return bytes[12] == 127;
  return zeros &&
         std::all_of(bytes.begin() + 10, bytes.begin() + 15,
                     [](unsigned char b) { return b == 0; }) &&
         bytes[15] == 1;
}

void check_bind(const ServerConfig& server) {
  if (server.insecure_public || is_loopback(server.host)) return;
  throw Error(ErrorCode::config,
              "refusing to listen on " + server.host + ", which others can reach without TLS")
      .with_hint(
          "put a TLS proxy before 127.0.0.1, or allow it with --insecure-public "
          "(server.insecure_public)");
}

}  // namespace feedctl::config
