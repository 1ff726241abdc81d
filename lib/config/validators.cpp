#include "config/validators.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <memory>

#include "base/ascii.hpp"
#include "base/http_url.hpp"
#include "base/ip_address.hpp"
#include "base/url.hpp"
#include "config/s3_rules.hpp"
#include "config/units.hpp"

namespace feedctl::config {

namespace {

using Message = std::optional<std::string>;

bool is_number(std::string_view text, int min_value, int max_value) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= min_value &&
         value <= max_value;
}

Message validate_network(std::string_view text) {
  if (text == "unix") return std::nullopt;  // peers on a unix socket
  if (IpRange::parse(text)) return std::nullopt;
  return "expects addresses or CIDR ranges such as 10.0.0.0/8, not \"" + std::string(text) + "\"";
}

Message validate_origin(std::string_view text) {
  if (text == "*") return std::nullopt;
  const auto scheme = text.find("://");
  const auto name = to_lower(text.substr(0, std::min(scheme, text.size())));
  if ((name == "http" || name == "https") && text.size() > scheme + 3 &&
      text.find_first_of("/?# ", scheme + 3) == std::string_view::npos) {
    return std::nullopt;
  }
  return "expects origins such as https://example.org, without a path, not \"" + std::string(text) +
         "\"";
}

Message validate_host_name(std::string_view text) {
  if (text.find_first_of("/ \t@") == std::string_view::npos) return std::nullopt;
  return "expects host names such as feed.example.org, not \"" + std::string(text) + "\"";
}

constexpr const char* bad_port = "has a port that is no number from 1 to 65535";

// Calls `check` with each part of a list that commas separate.
template <typename Check>
bool all_of_comma_list(std::string_view list, Check check) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (!check(list.substr(0, comma))) return false;
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return true;
}

bool is_port(std::string_view text) {
  return text.empty() || is_number(text, 1, 65535);
}
// A socket in the abstract namespace begins with an @; a folder of sockets may hold one.
bool is_host(std::string_view text) {
  return text.rfind('/', 0) == 0 || text.find('@', 1) == std::string_view::npos;
}

std::string_view value_of(const PQconninfoOption* options, std::string_view name) {
  for (; options->keyword != nullptr; ++options) {
    if (options->keyword == name) return options->val == nullptr ? "" : options->val;
  }
  return "";
}

// libpq parses the text; mistakes that it would only find on connecting are checked here. Its own
// messages are not passed on: they may repeat the password.
Message validate_postgresql_url(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(std::string(text).c_str(), nullptr), &PQconninfoFree);
  const bool url = text.rfind("postgresql://", 0) == 0 || text.rfind("postgres://", 0) == 0;
  if (!options && url)
    return "cannot be read by libpq; within user and password, %, / and @ are written %25, %2F and "
           "%40";
  if (!options) {
    return text.find('=') == std::string_view::npos || text.find("://") != std::string_view::npos
               ? "expects postgresql://user@host/database, or host=.. dbname=.."
               : "cannot be read by libpq: it has a keyword that libpq does not know, or a value "
                 "with blanks without '..' around it";
  }
  if (!all_of_comma_list(value_of(options.get(), "port"), is_port)) {
    const bool slash = url && text.find('@') != std::string_view::npos &&
                       text.find('/', text.find("://") + 3) < text.find('@');
    return slash ? Message("has a / before the @; within a password it is written %2F") : bad_port;
  }
  if (!all_of_comma_list(value_of(options.get(), "host"), is_host))
    return "has an @ in its host; within a password it is written %40";
  return std::nullopt;
}

// As the drivers of Redis and RabbitMQ read it.
Message validate_server_url(std::string_view text, ServerUrl& out) {
  try {
    out = parse_server_url(text);
    return std::nullopt;
  } catch (const UrlError& error) {
    return error.what();
  }
}

Message validate_redis_tcp_url(std::string_view text) {
  const auto mark = text.find('?');
  ServerUrl url;
  if (auto wrong = validate_server_url(text.substr(0, mark), url)) {
    const bool in_password =
        mark != std::string_view::npos && text.find('@', mark) != std::string_view::npos;
    return in_password ? "has a ? before the @; within a password it is written %3F" : wrong;
  }
  if (!url.path.empty() && !is_number(url.path, 0, 1 << 20))
    return "has a database that is no number";
  return std::nullopt;
}

Message validate_redis_url(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.rfind("unix://", 0) == 0) {
    return text.size() > 8 && text[7] == '/'
               ? std::nullopt
               : Message("expects unix:///path/to/socket, with three slashes");
  }
  if (text.rfind("redis://", 0) == 0) return validate_redis_tcp_url(text.substr(8));
  if (text.rfind("rediss://", 0) == 0)
    return "asks for TLS, which this build has not: use redis:// through a local tunnel";
  return "expects redis://host:6379/0 or unix:///path/to/socket";
}

Message validate_rabbitmq_url(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.rfind("amqps://", 0) == 0)
    return "asks for TLS, which this build has not: use amqp:// through a local tunnel";
  if (text.rfind("amqp://", 0) != 0) return "expects amqp://user:password@host:5672/vhost";
  ServerUrl url;
  if (auto wrong = validate_server_url(text.substr(7), url)) return wrong;
  if (url.path.find_first_of("/?") != std::string::npos)
    return "has a / or ? in its vhost, where they are written %2F and %3F";
  return std::nullopt;
}

// A prefix of names: no character with a meaning to a pattern, a shell or a broker.
Message validate_prefix(std::string_view text) {
  const auto good = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == ':';
  };
  if (text.size() <= 64 && std::all_of(text.begin(), text.end(), good)) return std::nullopt;
  return "expects at most 64 letters, digits and _-.: such as staging:";
}

// A URL without TLS leads to this machine only.
Message validate_https_url(std::string_view text) {
  if (text.empty()) return std::nullopt;
  try {
    const auto url = parse_http_url(text);
    if (url.is_https || url.names_this_machine()) return std::nullopt;
    return "begins with http://, which is for this machine only: use https://";
  } catch (const UrlError& error) {
    return error.what();
  }
}

// Issuers are compared byte by byte, and have no query.
Message validate_issuer(std::string_view text) {
  if (text.find('?') != std::string_view::npos) return "has a query (?)";
  return validate_https_url(text);
}

Message validate_public_url(std::string_view text) {
  if (auto wrong = validate_https_url(text)) return wrong;
  if (text.empty() || text == parse_http_url(text).origin()) return std::nullopt;
  return "expects an origin in lowercase such as https://feed.example.org, without a path or a "
         "final /";
}

Message validate_scope(std::string_view text) {
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; };
  if (std::all_of(text.begin(), text.end(), is_plain)) return std::nullopt;
  return "expects scopes with commas between them, such as openid,profile,email";
}

Message validate_content_kind(std::string_view text) {
  for (const auto* kind : {"url", "url?", "text", "text?"}) {
    if (text == kind) return std::nullopt;
  }
  return "expects url or text, or with a ? after it where the member may be left out, not \"" +
         std::string(text) + "\"";
}

// 1 to `max_size` of a-z, 0-9 and _, the first a letter.
bool is_content_word(std::string_view text, std::size_t max_size) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_plain = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= max_size && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(), is_plain);
}

Message validate_content_label(std::string_view text) {
  const auto dot = text.find('.');
  if (text.empty() || (dot != std::string_view::npos && is_content_word(text.substr(0, dot), 64) &&
                       is_content_word(text.substr(dot + 1), 64)))
    return std::nullopt;
  return "expects a label such as pages.videocontent";
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

}  // namespace

Message validate(std::string_view rule, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return "holds a NUL byte";
  if (rule == "not empty") return text.empty() ? Message("must not be empty") : std::nullopt;
  if (rule == "key")
    return text.empty() || text.size() >= 16 ? std::nullopt
                                             : Message("needs at least 16 characters");
  if (rule == "networks") return validate_network(text);
  if (rule == "origins") return validate_origin(text);
  if (rule == "hosts") return validate_host_name(text);
  if (rule == "postgresql") return validate_postgresql_url(text);
  if (rule == "redis") return validate_redis_url(text);
  if (rule == "rabbitmq") return validate_rabbitmq_url(text);
  if (rule == "prefix") return validate_prefix(text);
  if (rule == "https url") return validate_https_url(text);
  if (rule == "issuer") return validate_issuer(text);
  if (rule == "public url") return validate_public_url(text);
  if (rule == "absolute path")
    return text.empty() || text[0] == '/' ? std::nullopt : Message("expects an absolute path");
  if (rule == "scopes") return validate_scope(text);
  if (rule == "content kind") return validate_content_kind(text);
  if (rule == "content label") return validate_content_label(text);
  if (rule.substr(0, 3) == "s3 ") return validate_s3(rule, text);
  if (rule == "percent")
    return parse_percent(text) ? std::nullopt : Message("expects 0% to 100%, such as 0.1%");
  return std::nullopt;
}

bool can_never_match(std::string_view rule, std::string_view text) {
  return (rule == "origins" || rule == "hosts") && !is_ascii(text);
}

}  // namespace feedctl::config
