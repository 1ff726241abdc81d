// feedctl serve: answers the HTTP API until it is told to stop.
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "events/events.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/frame/daemon.hpp"
#include "feedctl/frame/exit_codes.hpp"
#include "feedctl/frame/service_manager.hpp"
#include "feedctl/frame/signals.hpp"
#include "feedctl/frame/spec.hpp"
#include "feedctl/reload.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/serve/application.hpp"
#include "http/server.hpp"

namespace feedctl::cli {

namespace {

using namespace std::chrono_literals;

// What the end of connections and pools may take beyond the time for requests in flight.
constexpr auto teardown_time = 10s;

struct ServeOptions {
  std::optional<std::int64_t> listen_fd;
};

http::ServerOptions server_options(const config::ServerConfig& config) {
  http::ServerOptions out;
  out.host = config.host;
  out.port = config.port;
  out.loops = config.loops;
  out.threads = config.threads;
  out.allowed_hosts = config.allowed_hosts;
  out.trusted_proxies = config.trusted_proxies;
  out.cors_origins = config.cors_origins;
  out.access_log = config.access_log;
  out.gzip = config.gzip;
  out.limits.body = config.max_body;
  out.limits.read_threads = config.read_threads;
  out.limits.write_threads = config.write_threads;
  out.limits.upload_threads = config.upload_threads;
  out.limits.queue = config.queue;
  out.limits.queue_wait = config.queue_wait;
  out.limits.queue_patience = config.queue_patience;
  return out;
}

// The address a socket is bound to, as text; "" for a unix socket.
std::string address_of(int fd) {
  sockaddr_storage here{};
  socklen_t size = sizeof here;
  char host[NI_MAXHOST] = "";
  const auto* address = reinterpret_cast<const sockaddr*>(&here);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &size) != 0 ||
      here.ss_family == AF_UNIX ||
      ::getnameinfo(address, size, host, sizeof host, nullptr, 0, NI_NUMERICHOST) != 0) {
    return "";
  }
  return host;
}

// Where to listen: the socket that was handed in, or the address of the configuration. Either must
// be for this machine alone, unless the configuration says otherwise.
std::optional<int> chosen_socket(const ServeOptions& options, config::ServerConfig server) {
  const auto handed = handed_socket();
  const auto fd = options.listen_fd ? static_cast<int>(*options.listen_fd) : handed;
  if (fd) server.host = address_of(*fd);
  if (!fd || !server.host.empty()) config::check_bind(server);
  return fd;
}

class Serving {
 public:
  Serving(Runtime& runtime, std::optional<int> listen_fd, const sigset_t& signals)
      : runtime_(runtime),
        signals_(signals),
        running_(runtime.loaded()),
        application_(running_, runtime.database(), runtime.cache()),
        parts_(runtime.database(), running_.config.events.parts_ahead),
        server_(options_with(listen_fd), application_.router(), application_.authenticator()) {}

  int run() {
    application_.begin();
    prepare();
    server_.start();
    log::info("listening", {{"host", running_.config.server.host},
                            {"port", server_.port()},
                            {"pid", static_cast<int>(::getpid())}});
    notify::ready(status());
    const Watchdog watchdog([this](auto patience) { return server_.turns(patience); });
    for (;;) {
      const int signal = next_signal(signals_, until_next_try());
      if (asks_for_reload(signal))
        reload();
      else if (signal != 0)
        return drain(signal);
      else if (fetch_keys()) {
        log::info("the database is there");
        notify::status(status());
      }
    }
  }

 private:
  http::ServerOptions options_with(std::optional<int> listen_fd) const {
    auto options = server_options(running_.config.server);
    options.listen_fd = listen_fd;
    return options;
  }

  // Before anybody is let in, what every request may need is fetched: others that share the socket
  // answer meanwhile. Without a database we soon open all the same.
  void prepare() {
    const auto deadline = Deadline::after(1s);
    while (!keys_ && !deadline.over()) {
      fetch_keys();
      if (!keys_) std::this_thread::sleep_for(100ms);
    }
  }

  // True where they were missing and are there now.
  bool fetch_keys() {
    if (keys_) return false;
    keys_ = application_.fetch_keys();
    return keys_;
  }
  std::chrono::milliseconds until_next_try() {
    return keys_ ? std::chrono::milliseconds{1h} : 100ms + full_jitter(attempt_++, 100ms, 5s);
  }
  std::string status() const {
    return keys_ ? "serving on port " + std::to_string(server_.port()) : "waiting for the database";
  }

  void reload() {
    reload_configuration(runtime_, running_, [this](const config::Loaded& next) {
      server_.reload(server_options(next.config.server));  // the only step that may fail
      application_.take_over(next);
    });
    notify::ready(status());
  }

  int drain(int signal) {
    const auto& config = running_.config.server;
    guard_.emplace(config.drain_delay + config.shutdown_timeout + teardown_time);
    application_.health().drain();
    log::info("draining",
              {{"delay_ms", config.drain_delay.count()}, {"signal", name_of_signal(signal)}});
    notify::stopping("answering what is in flight");
    std::this_thread::sleep_for(config.drain_delay);
    if (!server_.drain(config.shutdown_timeout)) {
      // Handlers may still wait for a database that does not answer; nobody waits for them.
      log::warning("some requests were cut off at the shutdown time-out");
      end_now(exit_failed);
    }
    failpoint::hold("serve.end", 1);
    log::info("stopped");
    return exit_code_after(signal);
  }

  std::optional<LastResort> guard_;  // first, so that it watches over the end of all below
  Runtime& runtime_;
  const sigset_t signals_;
  config::Loaded running_;
  app::Application application_;
  events::PartKeeper parts_;
  http::Server server_;
  bool keys_ = false;
  int attempt_ = 0;
};

}  // namespace

Run serve(Spec& spec) {
  auto options = std::make_shared<ServeOptions>();
  spec.about(
      "Answers the HTTP API until SIGTERM, SIGINT or SIGQUIT, which drain: requests in flight are "
      "answered "
      "first. SIGHUP reads the configuration again. It starts with the database or Redis missing "
      "and becomes ready when they are there. Sockets, readiness and the watchdog of systemd are "
      "understood (LISTEN_FDS, NOTIFY_SOCKET, WATCHDOG_USEC).");
  spec.example("on port 8000 of this machine only", "feedctl serve --config feedctl.yaml");
  spec.example("on another port, for documents that expect it", "feedctl serve --port 3001");
  spec.key("--host", "server.host");
  spec.key("-p,--port", "server.port");
  spec.key("--threads", "server.threads");
  spec.key("--insecure-public", "server.insecure_public");
  spec.key("--shadow", "feed.shadow");
  spec.value("--listen-fd", "FD", "serve on this listening socket, which was handed in",
             &options->listen_fd)
      .between(0, 65535);
  spec.see_also({"dev", "migrate up", "config check"});
  return [options](Runtime& runtime) {
    const auto signals = block_signals();
    const auto listen_fd = chosen_socket(*options, runtime.config().server);
    return Serving(runtime, listen_fd, signals).run();
  };
}

}  // namespace feedctl::cli
