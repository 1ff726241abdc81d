// The HTTP front alone, without database or cache, for the benches: one answer of 4 KB from
// memory, from a handler on the loop and from a handler on the pool. Ends with its standard input.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/log.hpp"
#include "http/server.hpp"

using namespace feedctl;

namespace {

http::Response page() {
  auto response = http::json_response(200, '"' + std::string(3998, 'x') + '"');
  return std::move(response.header("ETag", "\"0123456789abcdef-1000\""));
}

http::Response answer(const http::Request& request) {
  auto response = http::json_response(200, '"' + std::string(3998, 'x') + '"');
  return http::conditional(request, std::move(response), "\"0123456789abcdef-1000\"");
}

}  // namespace

int main(int argc, char** argv) {
  log::setup({log::Level::warning, log::Format::json});
  http::Router router;
  const auto ready = std::make_shared<const http::Ready>(page());
  const auto add = [&](const char* pattern, bool on_loop, http::FromMemory from_memory) {
    router.add({http::Method::get,
                pattern,
                {},
                http::Policy::public_,
                answer,
                http::Load::read,
                on_loop,
                std::move(from_memory)});
  };
  add("/v1/feed/memory", false, [&](const http::Glance&) {
    return http::MemoryAnswer{ready, std::nullopt};
  });
  add("/v1/feed/loop", true, nullptr);
  add("/v1/feed/pool", false, nullptr);

  http::ServerOptions options;
  options.port = 0;
  options.access_log = false;
  options.limits.requests_per_connection = 1000000000;
  if (argc > 1) options.threads = std::atoi(argv[1]);
  http::Server server(options, router, nullptr);
  server.start();
  std::printf("%d\n", server.port());
  std::fflush(stdout);
  for (char byte = 0; ::read(STDIN_FILENO, &byte, 1) > 0;) {
  }
  server.stop();
  return 0;
}
