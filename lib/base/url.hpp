#pragma once
// The parts of a server's URL, as far as Redis' and RabbitMQ's are alike:
// [user[:password]@]host[:port][/path], each part percent-decoded. The credentials end at the last
// @, so a password may hold every character but the percent sign as it is.
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace feedctl {

// Its text never repeats any part of the URL, which may hold a password.
class UrlError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ServerUrl {
  std::string user;
  std::string password;
  std::string host;
  std::optional<int> port;  // from 1 to 65535
  std::string path;         // behind the /; not decoded
};

// `text` is what stands between :// and the query. Throws UrlError.
ServerUrl parse_server_url(std::string_view text);

// Throws UrlError for a % without two hex digits, and for %00.
std::string percent_decode(std::string_view text);

}  // namespace feedctl
