#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#else
#include <amqp.h>
#endif

#include "base/error.hpp"
#include "bus/amqp_connection.hpp"

namespace feedctl::bus {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorCode::config, "rabbitmq url: " + why)
      .with_hint("write amqp://user:password@host:5672/vhost");
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = (c | 0x20) - 'a';
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

// librabbitmq decodes %xx, but takes letters beyond ASCII only as they are, and a %00 for the end.
std::string decode_for_librabbitmq(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0') refuse("a NUL cannot stand here");
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (high == 0 && low == 0) refuse("%00 cannot stand here");
    const bool beyond_ascii = high >= 8 && low >= 0;
    out += beyond_ascii ? static_cast<char>(high * 16 + low) : text[i];
    if (beyond_ascii) i += 2;
  }
  return out;
}

}  // namespace

AmqpAddress parse_amqp_url(const Secret<std::string>& url) {
  std::string text = decode_for_librabbitmq(url.reveal());
  if (text.rfind("amqps://", 0) == 0) refuse("amqps is not spoken; put a TLS proxy in between");
  if (text.rfind("amqp://", 0) != 0) refuse("it must begin with amqp://");
  amqp_connection_info info{};
  amqp_default_connection_info(&info);
  if (amqp_parse_url(text.data(), &info) != AMQP_STATUS_OK) refuse("it cannot be read");
  AmqpAddress address;
  address.host = info.host;
  address.port = info.port;
  address.user = info.user;
  address.password = Secret<std::string>(info.password);
  if (*info.vhost != '\0') address.vhost = info.vhost;

  if (address.port < 1 || address.port > 65535) refuse("the port must be from 1 to 65535");
  return address;
}

}  // namespace feedctl::bus
