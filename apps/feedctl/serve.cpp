// feedctl serve: answers the HTTP API until it is told to stop.
#include <thread>

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "events/events.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/frame/daemon.hpp"
#include "feedctl/frame/exit_codes.hpp"
#include "feedctl/frame/spec.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/serve/application.hpp"
#include "http/server.hpp"

namespace feedctl::cli {

namespace {

using namespace std::chrono_literals;

struct ServeOptions {
  std::optional<std::int64_t> listen_fd;
};

http::ServerOptions server_options(const config::ServerConfig& config,
                                   const ServeOptions& options) {
  http::ServerOptions out;
  out.host = config.host;
  out.port = config.port;
  if (options.listen_fd) out.listen_fd = static_cast<int>(*options.listen_fd);
  out.loops = config.loops;
  out.threads = config.threads;
  out.allowed_hosts = config.allowed_hosts;
  out.trusted_proxies = config.trusted_proxies;
  out.cors_origins = config.cors_origins;
  out.access_log = config.access_log;
  out.limits.body = config.max_body;
  return out;
}

int drain(http::Server& server, app::Health& health, const config::ServerConfig& config,
          const sigset_t& signals) {
  const SecondSignal second(signals);
  log::info("draining", {{"delay_ms", config.drain_delay.count()}});
  health.drain();
  std::this_thread::sleep_for(config.drain_delay);
  if (!server.drain(config.shutdown_timeout)) {
    // Handlers may still wait for a database that does not answer; nobody waits for them.
    log::warning("some requests were cut off at the shutdown time-out");
    std::_Exit(exit_failed);
  }
  log::info("stopped");
  return exit_ok;
}

int run_serve(Runtime& runtime, const ServeOptions& options) {
  const auto signals = block_stop_signals();
  const auto& config = runtime.config();
  if (!options.listen_fd) config::check_bind(config.server);
  app::Application application(runtime.loaded(), runtime.database(), runtime.cache());
  const events::PartKeeper parts(runtime.database(), config.events.parts_ahead);
  http::Server server(server_options(config.server, options), application.router(),
                      application.authenticator());
  server.start();
  log::info("listening", {{"host", config.server.host},
                          {"port", server.port()},
                          {"pid", static_cast<int>(::getpid())}});

  bool keys = false;
  for (int attempt = 0;;) {
    if (!keys) keys = application.fetch_keys();
    const auto patience =
        keys ? std::chrono::milliseconds{1h} : 100ms + full_jitter(attempt++, 100ms, 5s);
    if (stop_signal(signals, patience))
      return drain(server, application.health(), config.server, signals);
  }
}

}  // namespace

Run serve(Spec& spec) {
  auto options = std::make_shared<ServeOptions>();
  spec.about(
      "Answers the HTTP API until SIGTERM or SIGINT, which drain: requests in flight are answered "
      "first. It starts"
      " with the database or Redis missing and becomes ready when they are there.");
  spec.example("on port 8000 of this machine only", "feedctl serve --config feedctl.yaml");
  spec.example("on another port, for documents that expect it", "feedctl serve --port 3001");
  spec.key("--host", "server.host");
  spec.key("-p,--port", "server.port");
  spec.key("--threads", "server.threads");
  spec.key("--insecure-public", "server.insecure_public");
  spec.value("--listen-fd", "FD", "serve on this listening socket, which was handed in",
             &options->listen_fd)
      .between(0, 65535);
  spec.see_also({"dev", "migrate up", "config check"});
  return [options](Runtime& runtime) { return run_serve(runtime, *options); };
}

}  // namespace feedctl::cli
