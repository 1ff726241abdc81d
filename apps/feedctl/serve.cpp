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
#include "config/listen_address.hpp"
#include "events/events.hpp"
#include "feedctl/cli/daemon_signals.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/shutdown_timer.hpp"
#include "feedctl/cli/signals.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/cli/systemd.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/daemon/config_reload.hpp"
#include "feedctl/daemon/log_partitions_task.hpp"
#include "feedctl/daemon/periodic_tasks.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/serve/application.hpp"
#include "http_server/server.hpp"

namespace feedctl::cli {

namespace {

using namespace std::chrono_literals;

// For the end of connections and pools, beyond the time for requests in flight.
constexpr auto max_teardown_time = 10s;

const failpoint::Point serve_end{"serve.end"};

struct ServeOptions {
  std::optional<std::int64_t> listen_fd;
};

http::ServerOptions server_options(const config::Config& all) {
  const auto& config = all.server;
  http::ServerOptions out;
  out.host = config.host;
  out.port = config.port;
  out.loop_threads = config.loops;
  out.handler_threads = config.threads;
  out.allowed_hosts = config.allowed_hosts;
  out.trusted_proxies = config.trusted_proxies;
  out.cors_origins = config.cors_origins;
  out.access_log = config.access_log;
  out.gzip = config.gzip;
  out.limits.max_body = config.max_body;
  out.limits.large_bodies_need_token = all.auth.mode == config::AuthMode::required;
  out.limits.max_read_threads = config.read_threads;
  out.limits.max_write_threads = config.write_threads;
  out.limits.max_upload_threads = config.upload_threads;
  out.limits.max_queued = config.queue;
  out.limits.max_queue_wait = config.queue_wait;
  out.limits.queue_wait_interval = config.queue_patience;
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

// The inherited socket to listen on, or nullopt: the configured address. Either must be a loopback
// address, unless the configuration allows others.
std::optional<int> resolve_listen_socket(const ServeOptions& options, config::ServerConfig server) {
  const auto inherited = inherited_listen_socket();
  const auto fd = options.listen_fd ? static_cast<int>(*options.listen_fd) : inherited;
  if (fd) server.host = address_of(*fd);
  if (!fd || !server.host.empty()) config::check_bind(server);
  return fd;
}

class ServeCommand {
 public:
  ServeCommand(Runtime& runtime, std::optional<int> listen_fd, const sigset_t& signals)
      : runtime_(runtime),
        signals_(signals),
        active_config_(runtime.loaded()),
        application_(active_config_, runtime.database(), runtime.cache()),
        partition_tasks_({app::log_partitions_task(runtime.database(),
                                                   active_config_.config.events.parts_ahead)}),
        server_(options_with(listen_fd), application_.router(), application_.authenticator(),
                application_.rate_limiter()) {}

  int run() {
    application_.start_background_tasks();
    wait_for_keys();
    server_.start();
    log::info("listening", {{"host", active_config_.config.server.host},
                            {"port", server_.port()},
                            {"pid", static_cast<int>(::getpid())}});
    notify::ready(status());
    const SystemdWatchdog watchdog([this](auto timeout) { return server_.is_responsive(timeout); });
    for (;;) {
      const int signal = next_signal(signals_, next_load_delay());
      if (is_reload_signal(signal))
        reload();
      else if (signal != 0)
        return drain(signal);
      else if (load_keys()) {
        log::info("the database answers");
        notify::status(status());
      }
    }
  }

 private:
  http::ServerOptions options_with(std::optional<int> listen_fd) const {
    auto options = server_options(active_config_.config);
    options.listen_fd = listen_fd;
    return options;
  }

  // Loads the keys before the first request; other processes on the same socket answer meanwhile.
  // Without a database the server starts after a second all the same.
  void wait_for_keys() {
    const auto deadline = Deadline::after(1s);
    while (!keys_loaded_ && !deadline.is_expired()) {
      load_keys();
      if (!keys_loaded_) std::this_thread::sleep_for(100ms);
    }
  }

  // True if this call has loaded them.
  bool load_keys() {
    if (keys_loaded_) return false;
    keys_loaded_ = application_.load_keys();
    return keys_loaded_;
  }
  std::chrono::milliseconds next_load_delay() {
    return keys_loaded_ ? std::chrono::milliseconds{1h}
                        : 100ms + full_jitter(attempt_++, 100ms, 5s);
  }
  std::string status() const {
    return keys_loaded_ ? "serving on port " + std::to_string(server_.port())
                        : "waiting for the database";
  }

  void reload() {
    reload_configuration(runtime_, active_config_, [this](const config::LoadedConfig& next) {
      server_.reload(server_options(next.config));  // the only step that may fail
      application_.apply_reload(next);
    });
    notify::ready(status());
  }

  int drain(int signal) {
    const auto& config = active_config_.config.server;
    shutdown_timer_.emplace(config.drain_delay + config.shutdown_timeout + max_teardown_time);
    application_.start_draining();
    log::info("draining",
              {{"delay_ms", config.drain_delay.count()}, {"signal", signal_name(signal)}});
    notify::stopping("answering requests in flight");
    std::this_thread::sleep_for(config.drain_delay);
    if (!server_.drain(config.shutdown_timeout)) {
      // Handlers may still wait for a database that does not answer.
      log::warning("some requests were aborted at the shutdown time-out");
      exit_immediately(exit_failed);
    }
    serve_end.hit();
    log::info("stopped");
    return exit_code_after(signal);
  }

  std::optional<ShutdownTimer> shutdown_timer_;  // first, so that it outlives the members below
  Runtime& runtime_;
  const sigset_t signals_;
  config::LoadedConfig active_config_;
  app::Application application_;
  app::PeriodicTasks partition_tasks_;  // a thread of its own: a new partition may take long
  http::Server server_;
  bool keys_loaded_ = false;
  int attempt_ = 0;
};

}  // namespace

CommandFn serve(Spec& spec) {
  auto options = std::make_shared<ServeOptions>();
  spec.about(
      "Answers the HTTP API until SIGTERM, SIGINT or SIGQUIT, which drain: requests in flight are "
      "answered first. SIGHUP reads the configuration again. It starts even if the database or "
      "Redis is missing, and becomes ready when they answer. It supports sockets, readiness and "
      "the watchdog of systemd (LISTEN_FDS, NOTIFY_SOCKET, WATCHDOG_USEC).");
  spec.example("on port 8000 of this machine only", "feedctl serve --config feedctl.yaml");
  spec.example("on another port", "feedctl serve --port 3001");
  spec.key("--host", "server.host");
  spec.key("-p,--port", "server.port");
  spec.key("--threads", "server.threads");
  spec.key("--insecure-public", "server.insecure_public");
  spec.key("--shadow", "feed.shadow");
  spec.value("--listen-fd", "FD", "serve on this inherited listening socket", &options->listen_fd)
      .between(0, 65535);
  spec.see_also({"dev", "migrate up", "config check"});
  return [options](Runtime& runtime) {
    const auto signals = block_signals();
    const auto listen_fd = resolve_listen_socket(*options, runtime.config().server);
    return ServeCommand(runtime, listen_fd, signals).run();
  };
}

}  // namespace feedctl::cli
