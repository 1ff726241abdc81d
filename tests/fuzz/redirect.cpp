// Where a browser may be sent after a sign-in: what is accepted stays on this server, or leads to a
// program of this machine, also with a code added and however a browser reads it.
#include "accounts/redirect_target.hpp"
#include "base/error.hpp"
#include "base/http_url.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {
namespace {

// As browsers do: tabs and line ends vanish, and a backslash is a slash.
std::string as_browsers_read(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '\t' && c != '\r' && c != '\n') out += c == '\\' ? '/' : c;
  }
  return out.substr(std::min(out.find_first_not_of(' '), out.size()));
}

void check_path(std::string_view path) {
  try {
    accounts::check_return_to(path);
  } catch (const Error& error) {
    return require(error.code() == ErrorCode::invalid_argument, "a refusal of another kind");
  }
  const auto read = as_browsers_read(path);
  require(read == path, "browsers read it in another way: " + shown(path));
  require(read[0] == '/' && (read.size() == 1 || read[1] != '/'),
          "it leads to another server: " + shown(path));
  const auto page = read.substr(0, read.find('?')) + "/";
  require(page.rfind("/auth/", 0) != 0 && page.find("/../") == std::string::npos,
          "it leads to another sign-in: " + shown(path));
}

// The host and port, as every reader of a URL finds them: up to the first of these.
std::string authority_of(const std::string& url) {
  const auto begin = url.find("//") + 2;
  return url.substr(begin, url.find_first_of("/?#\\", begin) - begin);
}

void check_program(const std::string& text) {
  try {
    accounts::check_client_redirect(text);
  } catch (const Error& error) {
    return require(error.code() == ErrorCode::invalid_argument, "a refusal of another kind");
  }
  require(as_browsers_read(text) == text, "browsers read it in another way: " + shown(text));
  const auto authority = authority_of(text);
  const auto url = parse_http_url("http://" + authority + "/");
  require(text.rfind("http://", 0) == 0 && (url.host == "127.0.0.1" || url.host == "::1"),
          "it leads to another machine: " + shown(text));
  const auto with_code = accounts::with_query(text, "code", "a&b=c d#\n");
  require(with_code.rfind(text, 0) == 0 && authority_of(with_code) == authority,
          "a code leads it elsewhere: " + shown(text));
  require(with_code.substr(text.size() + 1) == "code=a%26b%3Dc%20d%23%0A",
          "a code that is not encoded: " + shown(with_code));
}

}  // namespace

void redirect(std::string_view bytes) {
  check_path(bytes);
  check_path("/" + std::string(bytes));
  check_program(std::string(bytes));
  check_program("http://127.0.0.1:" + std::string(bytes));
  check_program("http://[::1]:" + std::string(bytes));
}

}  // namespace feedctl::fuzz
