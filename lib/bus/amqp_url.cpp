#include "bus/amqp_url.hpp"

#include "base/error.hpp"
#include "base/url.hpp"

namespace feedctl::bus {
namespace {

[[noreturn]] void throw_bad_url(const std::string& why) {
  throw Error(ErrorCode::config, "rabbitmq url: " + why)
      .with_hint("write amqp://user:password@host:5672/vhost");
}

AmqpAddress parse(std::string_view text) {
  auto url = parse_server_url(text);
  AmqpAddress address;
  address.host = std::move(url.host);
  address.port = url.port.value_or(address.port);
  address.user = url.user.empty() ? "guest" : std::move(url.user);
  address.password = Secret<std::string>(url.password.empty() ? "guest" : std::move(url.password));
  if (url.path.find_first_of("/?") != std::string::npos)
    throw_bad_url("has a / or ? in its vhost, where they are written %2F and %3F");
  if (!url.path.empty()) address.vhost = percent_decode(url.path);
  return address;
}

}  // namespace

AmqpAddress parse_amqp_url(const Secret<std::string>& url) {
  const std::string_view text = url.reveal();
  if (text.find('\0') != std::string_view::npos) throw_bad_url("a NUL cannot stand here");
  if (text.rfind("amqps://", 0) == 0)
    throw_bad_url("amqps is not spoken; put a TLS proxy in between");
  if (text.rfind("amqp://", 0) != 0) throw_bad_url("it must begin with amqp://");
  try {
    return parse(text.substr(7));
  } catch (const UrlError& error) {
    throw_bad_url(error.what());
  }
}

}  // namespace feedctl::bus
