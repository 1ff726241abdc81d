#include "loadtest/check_step.hpp"

#include "loadtest/request_writer.hpp"

namespace feedctl::loadtest {

void write_request(std::string& out, const std::string& host, const CheckRequest& request) {
  RequestWriter writer(host, "");
  writer.begin(out, request.method);
  out.append(request.target);
  const auto& actor = request.actor;
  writer.end_target(actor.id == 0 && actor.token.empty() ? nullptr : &actor);
  if (!request.idempotency_key.empty())
    writer.add_header("Idempotency-Key", request.idempotency_key);
  if (!request.body.empty()) writer.add_header("Content-Type", "application/json");
  writer.finish(request.body, request.method != "GET");
}

}  // namespace feedctl::loadtest
