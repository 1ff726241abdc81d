// Passwords: each form of an address that holds one is shown without any of it, and no message
// about a bad one repeats it.
#include <algorithm>

#include "base/error.hpp"
#include "config/units.hpp"
#include "fuzz/fuzz.hpp"
#include "redis/address.hpp"

namespace feedctl::fuzz {
namespace {

constexpr const char* canary = "Zq9Zq9Zq9";  // ends each password, and stands in no sentence

void require_hidden(const std::string& shows, const std::string& text) {
  require(
      config::redact_url(text) == shows,
      shown(text) + " is shown as " + shown(config::redact_url(text)) + ", not as " + shown(shows));
}

std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

void check_redis(const std::string& password) {
  const auto url = "redis://me:" + password + "@host:6379/1";
  require_hidden("redis://me:****@host:6379/1", url);
  try {
    const auto address = redis::parse_url(url);
    const bool ours = address.host == "host" && address.port == 6379 && address.db == 1;
    // Behind a ? stand options, and what is before it may then be an address of its own.
    require(ours || password.find('?') != std::string::npos, "another address");
  } catch (const Error& error) {
    const std::string text = std::string(error.what()) + error.hint();
    require(text.find(canary) == std::string::npos, "shown: " + text);
    require(error.code() == ErrorCode::config, "a refusal of another kind");
  }
  const auto encoded = redis::parse_url("redis://me:" + percent_encoded(password) + "@host");
  require(encoded.password == password, "another password");
}

}  // namespace

void redact(std::string_view bytes) {
  std::string password(bytes.substr(0, 200));
  password.erase(std::remove(password.begin(), password.end(), '\0'), password.end());
  config::redact_url(bytes);
  require_hidden("postgresql://me:****@host/db", "postgresql://me:" + password + "@host/db");
  check_redis(password + canary);
  if (password.empty()) return;
  const auto percent = percent_encoded(password);
  require_hidden("unix:///s?db=1&password=****", "unix:///s?db=1&password=" + percent);
  require_hidden("postgresql://h/d?password=****&x=y",
                 "postgresql://h/d?password=" + percent + "&x=y");
  require_hidden("host=h password=**** user=me",
                 "host=h password='" + escaped(password, "'\\") + "' user=me");
  require_hidden("host=h password=**** user=me",
                 "host=h password=" + escaped(password, "'\\ \t\n\r\f\v") + " user=me");
}

}  // namespace feedctl::fuzz
