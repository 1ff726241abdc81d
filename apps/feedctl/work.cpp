// feedctl work: handles the events of the log until it is told to stop.
#include <unistd.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/seldom.hpp"
#include "cache/cache.hpp"
#include "feedctl/frame/daemon.hpp"
#include "feedctl/frame/exit_codes.hpp"
#include "feedctl/frame/service_manager.hpp"
#include "feedctl/frame/spec.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/work/pipeline.hpp"
#include "http/server.hpp"
#include "metrics/metrics.hpp"
#include "store/installation.hpp"

namespace feedctl::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto longest_drain = 30s;

void add_status(http::Router& router, const app::Pipeline& pipeline) {
  const auto add = [&](const char* pattern, std::vector<std::string> aliases,
                       http::Handler handler) {
    router.add({http::Method::get, pattern, std::move(aliases), http::Policy::public_,
                std::move(handler)});
  };
  add("/metrics", {}, [](const http::Request&) {
    http::Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics::text();
    return response;
  });
  add("/health/live", {"/livez"},
      [](const http::Request&) { return http::json_response(200, R"({"status":"ok"})"); });
  add("/health/ready", {"/readyz"}, [&pipeline](const http::Request&) {
    return pipeline.healthy() ? http::json_response(200, R"({"status":"ok"})")
                              : http::json_response(503, R"({"status":"waiting"})");
  });
}

http::ServerOptions status_server(int port) {
  http::ServerOptions options;
  options.port = port;
  options.loops = 1;
  options.threads = 1;
  options.access_log = false;
  return options;
}

// Until the database is there and its log may be followed; 0, or the signal that came meanwhile.
int wait_for_home(store::Database& database, const sigset_t& signals, std::string& installation) {
  Seldom told(30s);
  for (;;) {
    try {
      events::check_home(database);
      installation = store::installation_id(database);
      return 0;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable) throw;
      if (told.due(error.detail()))
        log::warning("waiting for the database",
                     {{"error", error.what()}, {"detail", error.detail()}});
    }
    if (const int signal = next_signal(signals, 500ms)) return signal;
  }
}

int run_work(Runtime& runtime) {
  const auto signals = block_signals(Reloads::no);
  const auto& config = runtime.config();
  std::string installation;
  if (wait_for_home(runtime.database(), signals, installation) != 0) return exit_ok;
  runtime.cache().adopt(installation);
  http::Router router;
  app::Pipeline pipeline(config, runtime.database_options(), runtime.cache(), installation);
  add_status(router, pipeline);
  http::Server status(status_server(config.work.port), router, [](http::Request&, http::Policy) {});
  if (config.work.port != 0) status.start();
  log::info("working", {{"bus", pipeline.bus()}, {"pid", static_cast<int>(::getpid())}});
  notify::ready("following the log by " + std::string(pipeline.bus()));
  while (next_signal(signals, 1h) == 0) continue;
  const LastResort guard(longest_drain);
  log::info("draining");
  notify::stopping("finishing the batches at hand");
  pipeline.stop();
  log::info("stopped");
  return exit_ok;
}

}  // namespace

Run work(Spec& spec) {
  spec.about(
      "Follows the event log and keeps what is made from it: the rows of home feeds, the hot "
      "feed's scores, removals. Start as many as you like, on any machine: they share 16 slots, "
      "and when one dies the others take its slots over. SIGTERM ends it after the batches at "
      "hand; kill -9 loses nothing either.");
  spec.example("beside a server", "feedctl work --config feedctl.yaml");
  spec.example("with /metrics and /health on a port of its own", "feedctl work --port 9101");
  spec.key("--concurrency", "work.concurrency");
  spec.key("--batch", "work.batch");
  spec.key("-p,--port", "work.port");
  spec.see_also({"events tail", "dlq list", "verify"});
  return [](Runtime& runtime) { return run_work(runtime); };
}

}  // namespace feedctl::cli
