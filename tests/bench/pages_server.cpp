// The page routes alone behind the HTTP server, for benchmarks: bench_pages_server URL [REDIS].
// With REDIS it records the impressions of contents there, else none. Prints its port, and ends
// with its standard input.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "http_server/server.hpp"
#include "pages/routes.hpp"
#include "views/impression_recorder.hpp"

using namespace feedctl;

namespace {

void serve(store::Database& database, const char* redis_url) {
  const pages::ContentTypes types;
  pages::Pages pages(database, types);
  std::optional<views::ImpressionRecorder> recorder;
  pages::Deps deps{pages};
  if (redis_url != nullptr) {
    views::ImpressionRecorder::Options options;
    options.redis.url = redis_url;
    options.redis.timeout = std::chrono::seconds{2};
    recorder.emplace(database, options);
    recorder->start();
    deps.on_contents_shown = [&](std::string_view label, std::span<const Id> contents) {
      recorder->add(label, contents);
    };
  }
  http::Router router;
  pages::add_routes(router, deps);

  http::ServerOptions options;
  options.port = 0;
  options.access_log = false;
  options.limits.max_requests_per_connection = 1000000000;
  http::Server server(options, router, nullptr);
  server.start();
  std::printf("%d\n", server.port());
  std::fflush(stdout);
  for (char byte = 0; ::read(STDIN_FILENO, &byte, 1) > 0;) {
  }
  server.stop();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fputs("usage: bench_pages_server URL [REDIS]\n", stderr);
    return 2;
  }
  log::setup({log::Level::warning, log::Format::json});
  try {
    store::Options options;
    options.url = Secret<std::string>(argv[1]);
    options.pool_size = 16;
    store::Database database(options);
    serve(database, argc > 2 ? argv[2] : nullptr);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s %s\n", error.what(), error.detail().c_str());
    return 1;
  }
  return 0;
}
