#include "http_server/request_runner.hpp"

#include <utility>

#include "base/log.hpp"
#include "http/problem.hpp"
#include "http/serialize.hpp"
#include "http_server/file_sender.hpp"
#include "http_server/log_rate_limiter.hpp"

namespace feedctl::http {

namespace {

void report_error(const Exchange& exchange, std::string_view error) {
  static LogRateLimiter errors;
  if (const auto suppressed = errors.try_log()) {
    log::error("an answer could not be written", {{"request_id", exchange.request().request_id},
                                                  {"error", error},
                                                  {"suppressed", *suppressed}});
  }
}

}  // namespace

// A file that goes out has a slot.
Response RequestRunner::make_response(Exchange& exchange) const {
  auto response = dispatcher_.handle(exchange);
  const bool sends_file =
      response.file && !has_no_body(response.status) && exchange.request().method != Method::head;
  if (!sends_file) return response;
  response.file = file_slots_.hold(std::move(response.file));
  if (response.file) return response;
  return dispatcher_.make_rejection(exchange.request(),
                                    Rejection::keep_alive(503, "too busy, try again"));
}

void RequestRunner::write_response(Exchange& exchange) const {
  const auto response = make_response(exchange);
  if (draining_) exchange.close = true;
  const bool head = exchange.request().method == Method::head;
  exchange.status = response.status;
  const bool has_body = !head && !has_no_body(response.status);
  exchange.body_bytes = has_body ? response.body_size() : 0;
  const bool is_stream = response.stream && response.status == 200 && !head;
  if (is_stream) exchange.close = true;
  serialize(exchange.output, response,
            {.head = head, .close = exchange.close, .http10 = exchange.parsed.http10});
  // Last: run() answers an exception with a 500.
  if (is_stream) exchange.stream = response.stream;
  if (!has_body || !response.file) return;
  exchange.file = response.file;
  prefetch_file(*exchange.file);
}

void RequestRunner::run(Exchange& exchange) const {
  try {
    return write_response(exchange);
  } catch (const std::exception& error) {
    report_error(exchange, error.what());
  }
  const auto response = problem(500, "Internal server error", exchange.request().request_id);
  exchange.status = response.status;
  exchange.close = true;
  exchange.output.clear();
  serialize(exchange.output, response,
            {.head = exchange.request().method == Method::head, .close = true});
}

}  // namespace feedctl::http
