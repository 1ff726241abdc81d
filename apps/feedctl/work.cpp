// feedctl work: handles the events of the log until it is told to stop.
#include <unistd.h>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/seldom.hpp"
#include "cache/cache.hpp"
#include "feedctl/frame/daemon.hpp"
#include "feedctl/frame/exit_codes.hpp"
#include "feedctl/frame/service_manager.hpp"
#include "feedctl/frame/signals.hpp"
#include "feedctl/frame/spec.hpp"
#include "feedctl/readiness/checks.hpp"
#include "feedctl/reload.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/work/pipeline.hpp"
#include "feedctl/work/upkeep.hpp"
#include "http/server.hpp"
#include "metrics/metrics.hpp"
#include "store/guard.hpp"
#include "store/installation.hpp"

namespace feedctl::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto longest_drain = 30s;

http::Response status_response(int code, std::string_view status, const std::string& reason = "") {
  std::string body;
  json::Writer w(body);
  w.open_object().text("status", status);
  if (!reason.empty()) w.text("reason", reason);
  w.close_object();
  return http::json_response(code, body);
}

http::Response ready(const app::Pipeline& pipeline, app::Readiness& readiness) {
  if (!pipeline.healthy()) return status_response(503, "waiting");
  try {
    const auto trouble = readiness.look();
    return trouble ? status_response(503, trouble->status, trouble->reason)
                   : status_response(200, "ok");
  } catch (const Error& error) {
    return status_response(503, "waiting", error.what());
  }
}

void add_status(http::Router& router, const app::Pipeline& pipeline, app::Readiness& readiness) {
  const auto add = [&](const char* pattern, std::vector<std::string> aliases, http::Handler handler,
                       bool on_loop = false) {
    router.add({http::Method::get, pattern, std::move(aliases), http::Policy::public_,
                std::move(handler), http::Load::health, on_loop});
  };
  add("/metrics", {}, [](const http::Request&) {
    http::Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics::text();
    return response;
  });
  // On the loop: it asks nobody, and no other answer may keep it waiting.
  add(
      "/health/live", {"/livez"},
      [](const http::Request&) { return http::json_response(200, R"({"status":"ok"})"); }, true);
  add("/health/ready", {"/readyz"},
      [&](const http::Request&) { return ready(pipeline, readiness); });
}

http::ServerOptions status_server(int port) {
  http::ServerOptions options;
  options.port = port;
  options.loops = 1;
  options.threads = 1;
  options.access_log = false;
  return options;
}

// What no waiting mends ends the process; what is away, or not migrated yet, is waited for.
void require_fit(store::Database& database) {
  for (const auto& problem : store::problems_of(database)) throw problem.error();
  events::check_home(database);
}

class Working {
 public:
  Working(Runtime& runtime, const sigset_t& signals)
      : runtime_(runtime), signals_(signals), running_(runtime.loaded()) {}

  int run() {
    if (const int signal = wait_for_home()) return exit_code_after(signal);
    runtime_.cache().adopt(installation_);
    http::Router router;
    app::Pipeline pipeline(runtime_.config(), runtime_.database_options(), runtime_.cache(),
                           installation_);
    app::Readiness readiness(runtime_.database());
    add_status(router, pipeline, readiness);
    const app::Upkeep watching(
        {{"the database's state", app::watch_period, [&] { app::watch(runtime_.database()); }}});
    const int port = runtime_.config().work.port;
    http::Server server(status_server(port), router, [](http::Request&, http::Policy) {});
    if (port != 0) server.start();
    log::info("working", {{"bus", pipeline.bus()}, {"pid", static_cast<int>(::getpid())}});
    status_ = "following the log by " + std::string(pipeline.bus());
    notify::ready(status_);
    int signal = 0;
    while (signal == 0) signal = next_stop(1h);
    const LastResort guard(longest_drain);
    log::info("draining", {{"signal", name_of_signal(signal)}});
    notify::stopping("finishing the batches at hand");
    pipeline.stop();
    log::info("stopped");
    return exit_code_after(signal);
  }

 private:
  // Until the database is there and its log may be followed; 0, or the signal that came meanwhile.
  int wait_for_home() {
    Seldom told(30s);
    for (;;) {
      try {
        require_fit(runtime_.database());
        installation_ = store::installation_id(runtime_.database());
        return 0;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::unavailable) throw;
        if (told.due(error.detail()))
          log::warning("waiting for the database",
                       {{"error", error.what()}, {"detail", error.detail()}});
      }
      if (const int signal = next_stop(500ms)) return signal;
    }
  }

  // A signal to stop that came within that time, or 0; others are obeyed.
  int next_stop(std::chrono::milliseconds patience) {
    const int signal = next_signal(signals_, patience);
    if (!asks_for_reload(signal)) return signal;
    reload();
    return 0;
  }

  // Before it is ready the service manager waits for the start, and knows of no reload.
  void reload() {
    const bool ready = !status_.empty();
    if (ready) notify::reloading();
    reload_log(runtime_, running_);
    if (ready)
      notify::ready(status_);
    else
      notify::status("waiting for the database");
  }

  Runtime& runtime_;
  const sigset_t signals_;
  config::Loaded running_;
  std::string installation_;
  std::string status_;
};

}  // namespace

Run work(Spec& spec) {
  spec.about(
      "Follows the event log and keeps what is made from it: the rows of home feeds, the hot "
      "feed's scores, removals. Start as many as you like, on any machine: they share 16 slots, "
      "and when one dies the others take its slots over. SIGTERM ends it after the batches at "
      "hand; kill -9 loses nothing either. SIGHUP reads the configuration of the log again.");
  spec.example("beside a server", "feedctl work --config feedctl.yaml");
  spec.example("with /metrics and /health on a port of its own", "feedctl work --port 9101");
  spec.key("--concurrency", "work.concurrency");
  spec.key("--batch", "work.batch");
  spec.key("-p,--port", "work.port");
  spec.see_also({"events tail", "dlq list", "verify"});
  return [](Runtime& runtime) {
    const auto signals = block_signals();
    return Working(runtime, signals).run();
  };
}

}  // namespace feedctl::cli
