#pragma once
// An HTTP client for calls to servers that are not ours: small answers, each call bounded in time
// and size. It verifies TLS, follows no redirect and refuses addresses of private networks: it
// checks the address that the name resolves to and connects to that one. Thread-safe: each call has
// a connection of its own. Failures are Error(unavailable); their text and detail hold neither the
// body nor the URL's query nor any header.
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_slice.hpp"
#include "base/time.hpp"

namespace feedctl::http_client {

using Headers = std::vector<std::pair<std::string, std::string>>;
using FormFields = std::vector<std::pair<std::string, std::string>>;

struct Options {
  std::chrono::milliseconds connect_timeout{3000};  // of one address, with its TLS handshake
  std::chrono::milliseconds read_timeout{3000};     // without a byte
  std::chrono::milliseconds deadline{6000};         // of a whole call, name resolution included
  std::size_t max_body = std::size_t{1} << 20;
  std::string ca_file;  // PEM; "": the certificates of the system
  // http://, and addresses of this machine, where the URL itself names this machine.
  bool allow_loopback_http = false;
  bool allow_private_addresses = false;
  // http:// to any name whose address is one of this machine or of a private network.
  bool allow_private_http = false;
  std::string user_agent = "feedctl";
};

struct Request {
  std::string method = "GET";
  std::string url;
  Headers headers = {};
  std::string body = {};
  std::string content_type = {};            // of the body
  std::optional<FileSlice> body_file = {};  // the body, where it lies in a file
  int save_to = -1;                       // a borrowed file, written from its start: see saved_size
  std::size_t max_body = 0;               // of the answer; 0: that of the options
  std::optional<Deadline> deadline = {};  // beside that of the options
};

struct Response {
  int status = 0;
  Headers headers;  // names in lowercase
  std::string body;
  std::optional<Time> certificate_end{};  // of the server's certificate; without TLS there is none
  // With Request::save_to the body of a 2xx answer is in that file instead, with this size.
  std::size_t saved_size = 0;

  // The first one of that name (in lowercase); "": none.
  std::string_view header(std::string_view name) const;
  // The media type in lowercase, without parameters: "application/json".
  std::string media_type() const;
  bool is_success() const { return status >= 200 && status < 300; }
};

class Client {
 public:
  // Error(config): ca_file cannot be read.
  explicit Client(Options options = {});
  ~Client();
  Client(Client&&) noexcept;

  // Any status is an answer, a redirect too. Error(invalid_argument): `url` is not allowed.
  Response send(const Request& request) const;

  Response get(const std::string& url, const Headers& headers = {}) const;
  // application/x-www-form-urlencoded.
  Response post_form(const std::string& url, const FormFields& fields,
                     const Headers& headers = {}) const;
  Response post_json(const std::string& url, const std::string& body,
                     const Headers& headers = {}) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// "a=1&b=2", percent-encoded.
std::string encode_form(const FormFields& fields);

}  // namespace feedctl::http_client
