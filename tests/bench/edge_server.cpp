// The HTTP server alone, without database or cache, for benchmarks: a response of 4 KB from an
// inline handler, a handler on the event loop and a handler on the pool. Ends with its standard
// input.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/log.hpp"
#include "http_server/server.hpp"

using namespace feedctl;

namespace {

http::Response page() {
  auto response = http::json_response(200, '"' + std::string(3998, 'x') + '"');
  return std::move(response.header("ETag", "\"0123456789abcdef-1000\""));
}

http::Response answer(const http::Request& request) {
  auto response = http::json_response(200, '"' + std::string(3998, 'x') + '"');
  return http::with_etag(request, std::move(response), "\"0123456789abcdef-1000\"");
}

}  // namespace

int main(int argc, char** argv) {
  log::setup({log::Level::warning, log::Format::json});
  http::Router router;
  const auto ready = std::make_shared<const http::PreparedResponse>(page());
  const auto add = [&](const char* pattern, http::RunOn run_on,
                       http::InlineHandler inline_handler) {
    router.add({.method = http::Method::get,
                .pattern = pattern,
                .policy = http::Policy::public_,
                .handler = answer,
                .load_class = http::LoadClass::read,
                .run_on = run_on,
                .inline_handler = std::move(inline_handler)});
  };
  add("/v1/feed/memory", http::RunOn::pool,
      [&](const http::FastRequestHead&) { return http::InlineResponse{.prepared = ready}; });
  add("/v1/feed/loop", http::RunOn::event_loop, nullptr);
  add("/v1/feed/pool", http::RunOn::pool, nullptr);

  http::ServerOptions options;
  options.port = 0;
  options.access_log = false;
  options.limits.max_requests_per_connection = 1000000000;
  if (argc > 1) options.handler_threads = std::atoi(argv[1]);
  http::Server server(options, router, nullptr);
  server.start();
  std::printf("%d\n", server.port());
  std::fflush(stdout);
  for (char byte = 0; ::read(STDIN_FILENO, &byte, 1) > 0;) {
  }
  server.stop();
  return 0;
}
