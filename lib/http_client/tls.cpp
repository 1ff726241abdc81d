#include "http_client/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/error.hpp"
#include "base/ip_address.hpp"
#include "http_client/failure.hpp"

namespace feedctl::http_client {

namespace {

constexpr int record_size = 16 * 1024;

std::string last_error() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason != nullptr ? reason : "unknown";
}

SSL_CTX* to_context(const std::shared_ptr<void>& context) {
  return static_cast<SSL_CTX*>(context.get());
}

CallFailure handshake_failure(SSL* ssl) {
  const auto verified = SSL_get_verify_result(ssl);
  if (verified == X509_V_OK) return CallFailure("TLS: " + last_error());
  return CallFailure("TLS: " + std::string(untrusted_certificate) + ": " +
                     X509_verify_cert_error_string(verified));
}

}  // namespace

TlsContext::TlsContext(const std::string& ca_file)
    : context_(SSL_CTX_new(TLS_client_method()),
               [](void* context) { SSL_CTX_free(static_cast<SSL_CTX*>(context)); }) {
  auto* context = to_context(context_);
  if (context == nullptr)
    throw Error(ErrorCode::internal, "cannot use TLS").with_detail(last_error());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  ERR_clear_error();
  if (ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
    throw Error(ErrorCode::config, "cannot read the certificates in " + ca_file)
        .with_hint("it must be a PEM file with at least one certificate")
        .with_detail(last_error());
  }
}

// OpenSSL reads and writes memory; the connection carries the bytes, so its limits hold and no
// write can raise SIGPIPE.
struct TlsStream::Session {
  Session(SSL_CTX* context, Connection& connection_) : connection(connection_) {
    ssl = SSL_new(context);
    if (ssl == nullptr) throw CallFailure("TLS: " + last_error());
    from_server = BIO_new(BIO_s_mem());
    to_server = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, from_server, to_server);  // which owns them from now on
    BIO_set_mem_eof_return(from_server, -1);
    SSL_set_connect_state(ssl);
  }
  ~Session() { SSL_free(ssl); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void flush() {
    char buffer[record_size];
    for (int size = 0; (size = BIO_read(to_server, buffer, sizeof buffer)) > 0;)
      connection.send({buffer, static_cast<std::size_t>(size)});
  }

  void fill() {
    char buffer[record_size];
    const auto size = connection.receive(buffer, sizeof buffer);
    if (size == 0) throw CallFailure("the server closed the connection");
    BIO_write(from_server, buffer, static_cast<int>(size));
  }

  // Repeats `operation` until it is done; false: the server has ended the session.
  template <typename Operation>
  bool run(Operation operation) {
    for (;;) {
      ERR_clear_error();
      const int result = operation();
      const int error = SSL_get_error(ssl, result);
      if (error == SSL_ERROR_NONE || error == SSL_ERROR_WANT_READ) flush();
      if (error == SSL_ERROR_NONE) return true;
      if (error == SSL_ERROR_ZERO_RETURN) return false;
      if (error != SSL_ERROR_WANT_READ) throw handshake_failure(ssl);
      fill();
    }
  }

  Connection& connection;
  SSL* ssl = nullptr;
  BIO* from_server = nullptr;
  BIO* to_server = nullptr;
};

TlsStream::TlsStream(const TlsContext& context, Connection& connection, const std::string& host)
    : session_(std::make_unique<Session>(to_context(context.context_), connection)) {
  auto* ssl = session_->ssl;
  auto* wanted = SSL_get0_param(ssl);
  const bool is_address = IpAddress::parse(host).has_value();
  const bool is_set = is_address ? X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1
                                 : X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), 0) == 1 &&
                                       SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
  if (!is_set) throw CallFailure("TLS: the host's name cannot be used");
  if (!session_->run([&] { return SSL_do_handshake(ssl); }))
    throw CallFailure("TLS: the server ended the handshake");
}

TlsStream::~TlsStream() = default;

std::optional<Time> TlsStream::certificate_end() const {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      SSL_get1_peer_certificate(session_->ssl), &X509_free);
  if (!certificate) return std::nullopt;
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) return std::nullopt;
  return from_unix_us(std::int64_t{::timegm(&end)} * 1'000'000);
}

std::size_t TlsStream::receive(char* buffer, std::size_t size) {
  std::size_t got = 0;
  const bool open = session_->run([&] { return SSL_read_ex(session_->ssl, buffer, size, &got); });
  return open ? got : 0;
}

void TlsStream::send(std::string_view bytes) {
  if (bytes.empty()) return;
  std::size_t written = 0;
  const auto write = [&] {
    return SSL_write_ex(session_->ssl, bytes.data(), bytes.size(), &written);
  };
  if (!session_->run(write)) throw CallFailure("the server closed the connection");
}

}  // namespace feedctl::http_client
