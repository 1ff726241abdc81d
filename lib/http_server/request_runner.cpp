#include "http_server/request_runner.hpp"

#include "base/log.hpp"
#include "http/problem.hpp"
#include "http/serialize.hpp"
#include "http_server/httplib_compat.hpp"
#include "http_server/log_rate_limiter.hpp"

namespace feedctl::http {

namespace {

// The exchange whose request httplib is processing on this thread.
thread_local Exchange* current_exchange = nullptr;

// The event loop has processed the client's head and the router has its own path. So no Range,
// Accept-Encoding, Expect or length of a client reaches httplib.
std::string canonical_head(Method method) {
  return std::string(to_string(method)).append(" / HTTP/1.1\r\n\r\n");
}

constexpr std::size_t usual_head_size = 512;

void report_error(const Exchange& exchange, const char* what, std::string_view error) {
  static LogRateLimiter errors;
  if (const auto suppressed = errors.try_log()) {
    log::error(what, {{"request_id", exchange.request().request_id},
                      {"error", error},
                      {"suppressed", *suppressed}});
  }
}

}  // namespace

class RequestRunner::Impl : private HttplibServer {
 public:
  Impl(const Dispatcher& dispatcher, const std::atomic<bool>& draining)
      : dispatcher_(dispatcher), draining_(draining) {
    set_pre_routing_handler([this](const httplib::Request&, httplib::Response& out) {
      auto response = dispatcher_.handle(*current_exchange);
      if (draining_) current_exchange->close = true;
      fill(out, std::move(response));
      return HandlerResponse::Handled;
    });
    // httplib takes each request for the last of its connection, as its Keep-Alive field would cost
    // a stringstream. So this corrects Connection. The server has no ranges, and a 204 or 304 has
    // no length.
    set_post_routing_handler([](const httplib::Request&, httplib::Response& out) {
      if (!current_exchange->close) out.headers.erase("Connection");
      if (!current_exchange->close && current_exchange->parsed.http10)
        out.set_header("Connection", "keep-alive");
      if (current_exchange->request().method == Method::head) out.headers.erase("Accept-Ranges");
      if (has_no_body(out.status)) out.headers.erase("Content-Length");
    });
  }

  // Without a body httplib has nothing to parse.
  void run_without_body(Exchange& exchange) {
    const auto response = dispatcher_.handle(exchange);
    if (draining_) exchange.close = true;
    const bool head = exchange.request().method == Method::head;
    exchange.status = response.status;
    exchange.body_bytes = head || has_no_body(response.status) ? 0 : response.body.size();
    if (response.stream && response.status == 200 && !head) {
      exchange.stream = response.stream;
      exchange.close = true;
    }
    serialize(exchange.output, response,
              {.head = head, .close = exchange.close, .http10 = exchange.parsed.http10});
  }

  void run(Exchange& exchange) {
    const auto head = canonical_head(exchange.request().method);
    MemoryStream stream(head, exchange.output);
    current_exchange = &exchange;
    process(*this, stream);
    current_exchange = nullptr;
  }

 private:
  friend class HttplibServer;

  static void fill(httplib::Response& out, Response&& response) {
    out.status = response.status;
    for (const auto& [name, value] : response.headers) out.set_header(name, value);
    if (!response.content_type.empty()) out.set_header("Content-Type", response.content_type);
    if (!has_no_body(response.status)) out.body = std::move(response.body);
    current_exchange->output.reserve(out.body.size() + usual_head_size);
    current_exchange->status = out.status;
    current_exchange->body_bytes =
        current_exchange->request().method == Method::head ? 0 : out.body.size();
  }

  const Dispatcher& dispatcher_;
  const std::atomic<bool>& draining_;
};

RequestRunner::RequestRunner(const Dispatcher& dispatcher, const std::atomic<bool>& draining)
    : impl_(std::make_unique<Impl>(dispatcher, draining)) {}
RequestRunner::~RequestRunner() = default;

void RequestRunner::run(Exchange& exchange) {
  try {
    if (!exchange.request().has_body) return impl_->run_without_body(exchange);
    impl_->run(exchange);
    if (!exchange.output.empty() && exchange.status != 0) return;
    report_error(exchange, "httplib gave no answer", "");
  } catch (const std::exception& error) {
    report_error(exchange, "an answer could not be written", error.what());
  }
  const auto response = problem(500, "Internal server error", exchange.request().request_id);
  exchange.status = response.status;
  exchange.close = true;
  exchange.output.clear();
  serialize(exchange.output, response,
            {.head = exchange.request().method == Method::head, .close = true});
}

}  // namespace feedctl::http
