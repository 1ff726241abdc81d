#pragma once
// A server whose answers are written byte by byte by the test, with or without TLS. One thread a
// connection. Thread-safe but for the constructor; the handler runs on the threads of connections.
#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace feedctl::support {

struct ScriptedRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lowercase
  std::string body;
};

class ScriptedConnection {
 public:
  // nullopt: the client has gone.
  std::optional<ScriptedRequest> read_request();
  // false: the client has gone, or the server stops.
  bool write(std::string_view bytes);
  // Writes `bytes` again and again until write() gives false.
  void write_endlessly(std::string_view bytes);

 private:
  friend class ScriptedServer;
  ScriptedConnection(int fd, void* ssl) : fd_(fd), ssl_(ssl) {}
  long read_some(char* buffer, std::size_t size);

  int fd_;
  void* ssl_;  // SSL*; nullptr: without TLS
};

class ScriptedServer {
 public:
  using Handler = std::function<void(ScriptedConnection&)>;
  struct Certificate {
    std::filesystem::path certificate, key;  // PEM
  };

  // On a free port of 127.0.0.1.
  explicit ScriptedServer(Handler handler, std::optional<Certificate> certificate = std::nullopt);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  int port() const { return port_; }
  std::string origin() const;  // "http://127.0.0.1:40000"
  int connections() const { return connections_; }

 private:
  void accept_connections();
  void serve(int fd);
  void* handshake(int fd) const;

  const Handler handler_;
  std::shared_ptr<void> tls_;  // SSL_CTX
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  bool is_stopping_ = false;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// A self-signed certificate in `folder`, made by openssl. `names`: "IP:127.0.0.1,DNS:localhost".
ScriptedServer::Certificate make_certificate(const std::filesystem::path& folder,
                                             const std::string& names);

// "HTTP/1.1 200 OK" with this body, its length and `Connection: close`.
std::string http_answer(std::string_view body, std::string_view type = "application/json",
                        std::string_view status = "200 OK", std::string_view more_headers = "");

}  // namespace feedctl::support
