#include "http_client/client.hpp"

#include <algorithm>
#include <mutex>
#include <optional>

#include "base/ascii.hpp"
#include "base/error.hpp"
#include "base/http_url.hpp"
#include "http_client/address_policy.hpp"
#include "http_client/connection.hpp"
#include "http_client/exchange.hpp"
#include "http_client/failure.hpp"
#include "http_client/resolver.hpp"
#include "http_client/tls.hpp"

namespace feedctl::http_client {

namespace {

// Heads, TLS records and the sizes of chunks come on top of the body.
constexpr std::size_t received_overhead = 256 * 1024;

bool is_field_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; });
}

void check_fields(const Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || !is_field_text(name) || !is_field_text(value))
      throw Error(ErrorCode::internal, "a header of an outgoing call is not valid");
  }
}

HttpUrl parse_url(const std::string& text, const Options& options) {
  HttpUrl url;
  try {
    url = parse_http_url(text);
  } catch (const UrlError& error) {
    throw Error(ErrorCode::invalid_argument, std::string("the URL ") + error.what());
  }
  if (url.is_https || options.allow_private_http ||
      (options.allow_loopback_http && url.names_this_machine()))
    return url;
  throw Error(ErrorCode::invalid_argument,
              "the URL of " + url.authority() + " does not begin with https://");
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {
    if (!options_.ca_file.empty()) (void)tls();
  }

  Response send(const Request& request) const {
    check_fields(request);
    const auto url = parse_url(request.url, options_);
    try {
      return call(url, request);
    } catch (const CallFailure& failure) {
      throw Error(ErrorCode::unavailable, "cannot reach " + url.authority())
          .with_detail(request.method + " " + url.origin() + url.path + ": " + failure.what());
    }
  }

 private:
  Response call(const HttpUrl& url, const Request& request) const {
    auto sent = request;
    if (sent.max_body == 0) sent.max_body = options_.max_body;
    const auto connection = connect(url, sent);
    sent.headers.emplace_back("User-Agent", options_.user_agent);
    if (!url.is_https) return talk(*connection, url, sent);
    TlsStream stream(tls(), *connection, url.host);
    auto response = talk(stream, url, sent);
    response.certificate_end = stream.certificate_end();
    return response;
  }

  // The system's certificates take some 20 ms to read: not for calls without TLS.
  const TlsContext& tls() const {
    std::call_once(tls_once_, [this] { tls_.emplace(options_.ca_file); });
    return *tls_;
  }

  Response talk(ByteStream& stream, const HttpUrl& url, const Request& request) const {
    return exchange(stream, request, url.authority(), url.target(), request.max_body);
  }

  Deadline deadline_of(const Request& request) const {
    const auto own = Deadline::after(options_.deadline);
    return request.deadline && request.deadline->at() < own.at() ? *request.deadline : own;
  }

  std::vector<IpAddress> allowed_addresses(const HttpUrl& url, Deadline deadline) const {
    const AddressPolicy policy{options_.allow_loopback_http && url.names_this_machine(),
                               options_.allow_private_addresses};
    auto addresses = resolve(url.host, deadline);
    std::erase_if(addresses, [&](const auto& a) { return !is_address_allowed(a, policy); });
    if (addresses.empty()) throw CallFailure(std::string(private_address));
    if (url.is_https) return addresses;
    std::erase_if(addresses, [](const auto& a) { return !is_local_address(a); });
    if (addresses.empty()) throw CallFailure(std::string(public_http));
    return addresses;
  }

  std::unique_ptr<Connection> connect(const HttpUrl& url, const Request& request) const {
    const auto deadline = deadline_of(request);
    const ConnectionLimits limits{options_.connect_timeout, options_.read_timeout, deadline,
                                  2 * request.max_body + received_overhead};
    std::optional<CallFailure> last;
    for (const auto& address : allowed_addresses(url, deadline)) {
      try {
        return std::make_unique<Connection>(address, url.port, limits);
      } catch (const CallFailure& failure) {
        last = failure;
      }
    }
    throw CallFailure(*last);
  }

  const Options options_;
  mutable std::once_flag tls_once_;
  mutable std::optional<TlsContext> tls_;
};

std::string_view Response::header(std::string_view name) const {
  for (const auto& [own, value] : headers) {
    if (own == name) return value;
  }
  return {};
}

std::string Response::media_type() const {
  auto type = header("content-type");
  type = type.substr(0, type.find(';'));
  const auto end = type.find_last_not_of(" \t");
  return to_lower(end == std::string_view::npos ? std::string_view{} : type.substr(0, end + 1));
}

Client::Client(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;

Response Client::send(const Request& request) const {
  return impl_->send(request);
}

Response Client::get(const std::string& url, const Headers& headers) const {
  return send({.url = url, .headers = headers});
}

Response Client::post_form(const std::string& url, const FormFields& fields,
                           const Headers& headers) const {
  return send({.method = "POST",
               .url = url,
               .headers = headers,
               .body = encode_form(fields),
               .content_type = "application/x-www-form-urlencoded"});
}

Response Client::post_json(const std::string& url, const std::string& body,
                           const Headers& headers) const {
  return send({.method = "POST",
               .url = url,
               .headers = headers,
               .body = body,
               .content_type = "application/json"});
}

std::string encode_form(const FormFields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    if (!text.empty()) text += '&';
    text.append(percent_encode(name)).append("=").append(percent_encode(value));
  }
  return text;
}

}  // namespace feedctl::http_client
