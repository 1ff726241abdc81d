#pragma once
// The parts of a server's URL that Redis and RabbitMQ share:
// [user[:password]@]host[:port][/path], each part percent-decoded. The credentials end at the last
// @: a password may hold any character but % unencoded. Pure functions; any thread.
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace feedctl {

// The text repeats no part of the URL, which may hold a password.
class UrlError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ServerUrl {
  std::string user;
  std::string password;
  std::string host;
  std::optional<int> port;  // 1..65535
  std::string path;         // after the /, not decoded
};

// `text`: the URL without scheme and query. Throws UrlError.
ServerUrl parse_server_url(std::string_view text);

// Throws UrlError for a % without two hex digits, and for %00.
std::string percent_decode(std::string_view text);
// Encodes all but the unreserved characters of RFC 3986 and those in `also_plain`.
std::string percent_encode(std::string_view text, std::string_view also_plain = "");

}  // namespace feedctl
