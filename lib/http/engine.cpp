#include "http/engine.hpp"

#include "base/log.hpp"
#include "http/httplib_compat.hpp"
#include "http/once_a_second.hpp"
#include "http/problem.hpp"
#include "http/serialize.hpp"

namespace feedctl::http {

namespace {

// The exchange whose request httplib is processing on this thread.
thread_local Exchange* current = nullptr;

// Only what httplib may act upon: the front has dealt with the rest of the head and the router has
// its own path, so no Range, Accept-Encoding, Expect or length of a client reaches httplib.
std::string canonical_head(Method method) {
  return std::string(to_string(method)).append(" / HTTP/1.1\r\n\r\n");
}

constexpr std::size_t head_room = 512;  // what a usual head takes

void complain(const Exchange& exchange, const char* what, std::string_view error) {
  static OnceASecond errors;
  if (const auto suppressed = errors.turn()) {
    log::error(what, {{"request_id", exchange.request().request_id},
                      {"error", error},
                      {"suppressed", *suppressed}});
  }
}

}  // namespace

class Engine::Impl : private HttplibServer {
 public:
  Impl(const Dispatcher& dispatcher, const std::atomic<bool>& draining)
      : dispatcher_(dispatcher), draining_(draining) {
    set_pre_routing_handler([this](const httplib::Request&, httplib::Response& out) {
      auto response = dispatcher_.answer(*current);
      if (draining_) current->close = true;
      fill(out, std::move(response));
      return HandlerResponse::Handled;
    });
    // httplib takes each request for its connection's last (its Keep-Alive field would cost a
    // stringstream), so what it says of the connection is corrected here. We serve no ranges, and a
    // 204 or 304 has no length.
    set_post_routing_handler([](const httplib::Request&, httplib::Response& out) {
      if (!current->close) out.headers.erase("Connection");
      if (!current->close && current->framed.http10) out.set_header("Connection", "keep-alive");
      if (current->request().method == Method::head) out.headers.erase("Accept-Ranges");
      if (bodyless(out.status)) out.headers.erase("Content-Length");
    });
  }

  // Without a body there is nothing for httplib to take apart.
  void run_plain(Exchange& exchange) {
    const auto response = dispatcher_.answer(exchange);
    if (draining_) exchange.close = true;
    const bool head = exchange.request().method == Method::head;
    exchange.status = response.status;
    exchange.body_bytes = head || bodyless(response.status) ? 0 : response.body.size();
    if (response.stream && response.status == 200 && !head) {
      exchange.stream = response.stream;
      exchange.close = true;
    }
    serialize(exchange.answer, response, {head, exchange.close, exchange.framed.http10});
  }

  void run(Exchange& exchange) {
    const auto head = canonical_head(exchange.request().method);
    MemoryStream stream(head, exchange.answer);
    current = &exchange;
    process(*this, stream);
    current = nullptr;
  }

 private:
  friend class HttplibServer;

  static void fill(httplib::Response& out, Response&& response) {
    out.status = response.status;
    for (const auto& [name, value] : response.headers) out.set_header(name, value);
    if (!response.content_type.empty()) out.set_header("Content-Type", response.content_type);
    if (!bodyless(response.status)) out.body = std::move(response.body);
    current->answer.reserve(out.body.size() + head_room);
    current->status = out.status;
    current->body_bytes = current->request().method == Method::head ? 0 : out.body.size();
  }

  const Dispatcher& dispatcher_;
  const std::atomic<bool>& draining_;
};

Engine::Engine(const Dispatcher& dispatcher, const std::atomic<bool>& draining)
    : impl_(std::make_unique<Impl>(dispatcher, draining)) {}
Engine::~Engine() = default;

void Engine::run(Exchange& exchange) {
  try {
    if (!exchange.request().has_body) return impl_->run_plain(exchange);
    impl_->run(exchange);
    if (!exchange.answer.empty() && exchange.status != 0) return;
    complain(exchange, "httplib gave no answer", "");
  } catch (const std::exception& error) {
    complain(exchange, "an answer could not be written", error.what());
  }
  const auto response = problem(500, "Internal server error", exchange.request().request_id);
  exchange.status = response.status;
  exchange.close = true;
  exchange.answer.clear();
  serialize(exchange.answer, response, {exchange.request().method == Method::head, true, false});
}

}  // namespace feedctl::http
