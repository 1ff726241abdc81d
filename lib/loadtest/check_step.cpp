#include "loadtest/check_step.hpp"

namespace feedctl::loadtest {

namespace {

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_actor(std::string& out, const CheckUser& actor) {
  if (!actor.token.empty()) {
    append_header(out, "Authorization", "Bearer " + actor.token);
  } else if (actor.id != 0) {
    append_header(out, "X-User-Id", std::to_string(actor.id));
  }
}

}  // namespace

void append_request(std::string& out, const std::string& host, const CheckRequest& request) {
  out.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  append_header(out, "Host", host);
  append_actor(out, request.actor);
  if (!request.idempotency_key.empty())
    append_header(out, "Idempotency-Key", request.idempotency_key);
  if (!request.body.empty()) append_header(out, "Content-Type", "application/json");
  if (request.method != "GET")
    append_header(out, "Content-Length", std::to_string(request.body.size()));
  out.append("\r\n").append(request.body);
}

}  // namespace feedctl::loadtest
