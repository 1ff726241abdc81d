// Addresses of a RabbitMQ: each text is taken or refused as a mistake in the configuration, no
// message repeats a password, and what is percent-encoded is read as it was meant.
#include "base/error.hpp"
#include "bus/amqp_url.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {
namespace {

constexpr const char* canary = "Zq9Zq9Zq9";  // ends each password, and stands in no sentence

bus::AmqpAddress parse(const std::string& url) {
  return bus::parse_amqp_url(Secret<std::string>(url));
}

void try_one(const std::string& url) {
  try {
    const auto address = parse(url);
    require(address.port >= 1 && address.port <= 65535, "a port of " + shown(url));
  } catch (const Error& error) {
    require(error.code() == ErrorCode::config, "a refusal of another kind");
    const std::string text = std::string(error.what()) + error.hint();
    require(text.find(canary) == std::string::npos, "shown: " + text);
  }
}

}  // namespace

void amqp(std::string_view bytes) {
  const std::string text(bytes.substr(0, 300));
  try_one(text);
  try_one("amqp://" + text);
  try_one("amqp://me:" + text + canary + "@host/v");
  const auto encoded = percent_encoded(text);
  if (text.empty() || text.find('\0') != std::string::npos) return;
  const auto address = parse("amqp://me:" + encoded + "@host:77/" + encoded);
  require(address.password.reveal() == text && address.vhost == text,
          "another one: " + shown(text));
  require(address.host == "host" && address.port == 77 && address.user == "me", "another host");
}

}  // namespace feedctl::fuzz
