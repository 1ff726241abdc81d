// feedctl work: handles the events of the log until it is told to stop.
#include <unistd.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/log_throttle.hpp"
#include "cache/cache.hpp"
#include "events/consumer_log.hpp"
#include "feedctl/cli/daemon_signals.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/shutdown_timer.hpp"
#include "feedctl/cli/signals.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/cli/systemd.hpp"
#include "feedctl/daemon/config_reload.hpp"
#include "feedctl/daemon/database_wait.hpp"
#include "feedctl/daemon/periodic_tasks.hpp"
#include "feedctl/daemon/probe_routes.hpp"
#include "feedctl/daemon/readiness.hpp"
#include "feedctl/daemon/state_metrics.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/work/worker_app.hpp"
#include "http_server/server.hpp"
#include "store/guard.hpp"
#include "store/installation.hpp"

namespace feedctl::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto max_drain_time = 30s;

app::ReadinessStatus readiness_of(const app::WorkerApp& worker, app::Readiness& readiness) {
  if (!worker.is_healthy()) return {false, "waiting", ""};
  try {
    if (auto problem = readiness.check())
      return {false, std::move(problem->status), std::move(problem->reason)};
    return {true, "ok", ""};
  } catch (const Error& error) {
    return {false, "waiting", error.what()};
  }
}

http::ServerOptions status_server_options(int port) {
  http::ServerOptions options;
  options.port = port;
  options.loop_threads = 1;
  options.handler_threads = 1;
  options.access_log = false;
  return options;
}

// Throws for a database that this process can never use. One that is away, or not migrated yet, is
// an Error(unavailable), which the caller waits out.
void require_usable_database(store::Database& database) {
  for (const auto& problem : store::find_problems(database)) throw problem.error();
  events::require_primary(database);
}

class WorkCommand {
 public:
  WorkCommand(Runtime& runtime, const sigset_t& signals)
      : runtime_(runtime), signals_(signals), active_config_(runtime.loaded()) {}

  int run() {
    if (const int signal = wait_for_database()) return exit_code_after(signal);
    runtime_.cache().set_installation(installation_);
    http::Router router;
    app::WorkerApp worker(runtime_.config(), runtime_.database_options(), runtime_.cache(),
                          installation_);
    app::Readiness readiness(runtime_.database());
    const auto state = [&] { return readiness_of(worker, readiness); };
    app::add_metrics_route(router);
    app::add_health_routes(
        router,
        {.live_json = R"({"status":"ok"})", .readiness = state, .sends_retry_after = false});
    const app::PeriodicTasks tasks({app::database_state_task(runtime_.database())});
    const app::PeriodicTasks monitoring({app::state_metrics_task(state, worker.dependencies()),
                                         app::consumer_lag_task(runtime_.database())});
    const int port = runtime_.config().work.port;
    http::Server server(status_server_options(port), router,
                        [](http::Request&, const http::Route&) {});
    if (port != 0) server.start();
    log::info("working", {{"bus", worker.bus_name()}, {"pid", static_cast<int>(::getpid())}});
    status_ = "following the log by " + std::string(worker.bus_name());
    notify::ready(status_);
    int signal = 0;
    while (signal == 0) signal = wait_for_stop_signal(1h);
    const ShutdownTimer shutdown_timer(max_drain_time);
    log::info("draining", {{"signal", signal_name(signal)}});
    notify::stopping("finishing the present batches");
    worker.stop();
    log::info("stopped");
    return exit_code_after(signal);
  }

 private:
  // Waits until the database can be used. Returns 0, or the signal that arrived meanwhile.
  int wait_for_database() {
    LogThrottle throttle(30s);
    for (;;) {
      try {
        require_usable_database(runtime_.database());
        installation_ = store::installation_id(runtime_.database());
        return 0;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::unavailable) throw;
        app::log_database_wait(throttle, error);
      }
      if (const int signal = wait_for_stop_signal(500ms)) return signal;
    }
  }

  // Returns a stop signal that arrives within `timeout`, else 0. A reload signal is handled here.
  int wait_for_stop_signal(std::chrono::milliseconds timeout) {
    const int signal = next_signal(signals_, timeout);
    if (!is_reload_signal(signal)) return signal;
    reload();
    return 0;
  }

  // Before READY=1 systemd waits for the start and accepts no RELOADING=1.
  void reload() {
    const bool ready = !status_.empty();
    if (ready) notify::reloading();
    reload_log_configuration(runtime_, active_config_);
    if (ready)
      notify::ready(status_);
    else
      notify::status("waiting for the database");
  }

  Runtime& runtime_;
  const sigset_t signals_;
  config::LoadedConfig active_config_;
  std::string installation_;
  std::string status_;
};

}  // namespace

CommandFn work(Spec& spec) {
  spec.about(
      "Follows the event log and maintains what is derived from it: the rows of home feeds, the "
      "hot feed's scores, deletions. Start as many workers as you like, on any machine: they share "
      "16 slots, and if one dies the others take over its slots. SIGTERM ends a worker after its "
      "present batches; kill -9 loses nothing either. SIGHUP reads the log settings again.");
  spec.example("beside a server", "feedctl work --config feedctl.yaml");
  spec.example("with /metrics and /health on a port of its own", "feedctl work --port 9101");
  spec.key("--concurrency", "work.concurrency");
  spec.key("--batch", "work.batch");
  spec.key("-p,--port", "work.port");
  spec.see_also({"events tail", "dlq list", "verify"});
  return [](Runtime& runtime) {
    const auto signals = block_signals();
    return WorkCommand(runtime, signals).run();
  };
}

}  // namespace feedctl::cli
