#pragma once
// A client that sends bytes as they are and reads answers one by one; every read gives up after
// a minute, which only a server that hangs lets pass.
#include <sys/socket.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace feedctl::test {

struct RawResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  std::string header(std::string_view name) const;  // "" where absent
  std::size_t count(std::string_view name) const;
};

class RawClient {
 public:
  RawClient();  // connect() follows
  explicit RawClient(int port);
  explicit RawClient(const std::string& unix_path);
  ~RawClient();
  RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void connect(int port);
  RawClient& send(std::string_view bytes);
  // nullopt where the connection ends (or nothing comes) before the answer is complete. `head`: the
  // answer to a HEAD has a length but no body.
  std::optional<RawResponse> read_response(bool head = false);
  // "GET /path" of this connection.
  std::optional<RawResponse> get(std::string_view path, std::string_view fields = "");
  // All that comes up to the end of `text`; "" where it does not come.
  std::string read_until(std::string_view text);
  // All that comes before the connection ends.
  std::string read_to_end();
  // True where the server closes without sending another byte.
  bool is_closed();
  bool is_silent(std::chrono::milliseconds time);
  void shutdown_write() { ::shutdown(fd_, SHUT_WR); }
  void set_read_timeout(std::chrono::milliseconds time);
  void free_buffer() { std::string().swap(buffer_); }  // keeps no memory, and no bytes
  int fd() const { return fd_; }

 private:
  bool read_more();

  int fd_ = -1;
  std::string buffer_;
};

}  // namespace feedctl::test
