#pragma once
// TLS for outgoing calls, over OpenSSL: TLS 1.2 or newer; the server's certificate and its name are
// always verified. Throws CallFailure.
#include <memory>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "http_client/connection.hpp"

namespace feedctl::http_client {

// The trusted certificates. Immutable; any thread.
class TlsContext {
 public:
  // `ca_file`: PEM; "": those of the system. Error(config): it cannot be read.
  explicit TlsContext(const std::string& ca_file);

 private:
  friend class TlsStream;
  std::shared_ptr<void> context_;
};

// A TLS session over `connection`, which must outlive it. One thread.
class TlsStream : public ByteStream {
 public:
  // Does the handshake. `host`: a name, or an address.
  TlsStream(const TlsContext& context, Connection& connection, const std::string& host);
  ~TlsStream() override;

  std::size_t receive(char* buffer, std::size_t size) override;
  void send(std::string_view bytes) override;
  // Until when the server's certificate is valid.
  std::optional<Time> certificate_end() const;

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

}  // namespace feedctl::http_client
