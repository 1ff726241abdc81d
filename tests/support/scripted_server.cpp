#include "support/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "base/ascii.hpp"
#include "support/process.hpp"

namespace feedctl::support {

namespace {

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

std::shared_ptr<void> make_context(const ScriptedServer::Certificate& certificate) {
  std::shared_ptr<void> made(SSL_CTX_new(TLS_server_method()),
                             [](void* context) { SSL_CTX_free(static_cast<SSL_CTX*>(context)); });
  auto* context = static_cast<SSL_CTX*>(made.get());
  require(
      SSL_CTX_use_certificate_file(context, certificate.certificate.c_str(), SSL_FILETYPE_PEM) == 1,
      "certificate");
  require(SSL_CTX_use_PrivateKey_file(context, certificate.key.c_str(), SSL_FILETYPE_PEM) == 1,
          "key of the certificate");
  return made;
}

ScriptedRequest parse_head(std::string_view head) {
  ScriptedRequest request;
  const auto line = head.substr(0, head.find("\r\n"));
  request.method = std::string(line.substr(0, line.find(' ')));
  const auto begin = request.method.size() + 1;
  request.target = std::string(line.substr(begin, line.rfind(' ') - begin));
  for (auto at = line.size() + 2; at < head.size();) {
    const auto end = head.find("\r\n", at);
    const auto field = head.substr(at, end - at);
    const auto colon = field.find(": ");
    if (colon != std::string_view::npos)
      request.headers[to_lower(field.substr(0, colon))] = std::string(field.substr(colon + 2));
    if (end == std::string_view::npos) break;
    at = end + 2;
  }
  return request;
}

}  // namespace

long ScriptedConnection::read_some(char* buffer, std::size_t size) {
  if (ssl_ != nullptr) return SSL_read(static_cast<SSL*>(ssl_), buffer, static_cast<int>(size));
  return ::recv(fd_, buffer, size, 0);
}

std::optional<ScriptedRequest> ScriptedConnection::read_request() {
  std::string bytes;
  std::optional<ScriptedRequest> request;
  std::size_t wanted = 0;
  char buffer[4096];
  while (!request || request->body.size() < wanted) {
    const auto got = read_some(buffer, sizeof buffer);
    if (got <= 0) return std::nullopt;
    bytes.append(buffer, static_cast<std::size_t>(got));
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    request = parse_head(std::string_view(bytes).substr(0, end));
    request->body = bytes.substr(end + 4);
    const auto length = request->headers.find("content-length");
    wanted = length == request->headers.end() ? 0 : std::stoul(length->second);
  }
  return request;
}

bool ScriptedConnection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ssl_ != nullptr ? SSL_write(static_cast<SSL*>(ssl_), bytes.data(),
                                                  static_cast<int>(bytes.size()))
                                      : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void ScriptedConnection::write_endlessly(std::string_view bytes) {
  while (write(bytes)) {
  }
}

ScriptedServer::ScriptedServer(Handler handler, std::optional<Certificate> certificate)
    : handler_(std::move(handler)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  if (certificate) tls_ = make_context(*certificate);
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  require(::bind(listener_, raw, size) == 0 && ::listen(listener_, 64) == 0 &&
              ::getsockname(listener_, raw, &size) == 0,
          "no port for a scripted server");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_connections(); });
}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& thread : threads_) thread.join();
  ::close(listener_);
}

std::string ScriptedServer::origin() const {
  return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_);
}

void ScriptedServer::accept_connections() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (is_stopping_ || fd < 0) {
      if (fd >= 0) ::close(fd);
      return;
    }
    ++connections_;
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void* ScriptedServer::handshake(int fd) const {
  SSL* ssl = SSL_new(static_cast<SSL_CTX*>(tls_.get()));
  SSL_set_fd(ssl, fd);
  if (SSL_accept(ssl) == 1) return ssl;
  SSL_free(ssl);
  return nullptr;
}

void ScriptedServer::serve(int fd) {
  void* ssl = tls_ ? handshake(fd) : nullptr;
  if (!tls_ || ssl != nullptr) {
    ScriptedConnection connection(fd, ssl);
    handler_(connection);
  }
  if (ssl != nullptr) {
    SSL_shutdown(static_cast<SSL*>(ssl));
    SSL_free(static_cast<SSL*>(ssl));
  }
  const std::lock_guard lock(mutex_);
  open_.erase(std::find(open_.begin(), open_.end(), fd));
  ::close(fd);
}

ScriptedServer::Certificate make_certificate(const std::filesystem::path& folder,
                                             const std::string& names) {
  const ScriptedServer::Certificate made{folder / "certificate.pem", folder / "key.pem"};
  const auto result =
      run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
           "-nodes", "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=" + names,
           "-keyout", made.key.string(), "-out", made.certificate.string()});
  if (result.exit_code != 0) throw std::runtime_error("openssl req: " + result.err);
  return made;
}

std::string http_answer(std::string_view body, std::string_view type, std::string_view status,
                        std::string_view more_headers) {
  std::string out = "HTTP/1.1 ";
  out.append(status).append("\r\nContent-Type: ").append(type);
  out.append("\r\nContent-Length: ").append(std::to_string(body.size()));
  out.append("\r\nConnection: close\r\n").append(more_headers).append("\r\n").append(body);
  return out;
}

}  // namespace feedctl::support
