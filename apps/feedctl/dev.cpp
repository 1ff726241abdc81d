// feedctl dev: a private PostgreSQL and Redis, a small world and the server, in one process tree.
#include <memory>
#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/dev/children.hpp"
#include "feedctl/dev/environment.hpp"
#include "feedctl/dev/signals.hpp"
#include "feedctl/dev/state.hpp"
#include "feedctl/dev/tour.hpp"
#include "feedctl/frame/exit_codes.hpp"
#include "feedctl/frame/spec.hpp"
#include "feedctl/runtime.hpp"
#include "localstack/stack.hpp"
#include "seed/seed.hpp"
#include "store/database.hpp"

namespace feedctl::cli {

namespace {

struct DevOptions {
  int port = 8000;
  std::optional<std::string> state;
  bool fresh = false;
  bool no_redis = false;
  bool stop = false;
};

localstack::Stack take_folder(const std::filesystem::path& state, const DevOptions& options,
                              StopSignals& signals) {
  localstack::StackOptions how;
  how.folder = state;
  how.redis = !options.no_redis;
  how.cancelled = [&signals] { return signals.raised(); };
  try {
    return localstack::Stack(how);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::lock_held) throw;
    const auto pid = running_pid(state);
    throw Error(ErrorCode::lock_held,
                "another feedctl dev runs in " + state.string() +
                    (pid == 0 ? "" : " (process " + std::to_string(pid) + ")"))
        .with_hint("end it with `feedctl dev --stop`, or name another folder with --state");
  }
}

bool has_users(const localstack::Stack& stack) {
  store::Options options;
  options.url = Secret<std::string>(stack.postgres().url());
  options.application_name = "feedctl.dev";
  store::Database database(std::move(options));
  return !seed::empty(database);
}

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all.append(all.empty() ? "" : ", ").append(name);
  return all;
}

void tell_environment(const Runtime& runtime, const DevEnvironment& environment) {
  if (!environment.taken.empty())
    runtime.say("taken from the environment: " + listed(environment.taken));
  if (!environment.ignored.empty())
    runtime.say("not taken from the environment, since dev has servers and settings of its own: " +
                listed(environment.ignored));
}

int stop_other(Runtime& runtime, const std::filesystem::path& state) {
  const bool ran = stop_running(state);
  runtime.say(ran ? "stopped" : "no feedctl dev runs in " + state.string());
  return exit_ok;
}

void bring_up(Runtime& runtime, localstack::Stack& stack, const DevOptions& options,
              StopSignals& signals) {
  runtime.say("starting PostgreSQL" + std::string(options.no_redis ? "" : " and Redis") + " in " +
              stack.folder().string());
  stack.start();
  const auto config = write_config(stack, options.port);
  const auto logs = stack.folder() / "log";
  run_feedctl({"migrate", "up"}, config, logs / "migrate.log", signals);
  if (!has_users(stack)) {
    runtime.say("filling in a small world");
    run_feedctl({"seed", "--profile", "small"}, config, logs / "seed.log", signals);
  }
  stack.supervisor().start(serve_service(config, logs / "serve.log", options.port),
                           [&signals] { return signals.raised(); });
  stack.supervisor().start(work_service(config, logs / "work.log"),
                           [&signals] { return signals.raised(); });
  runtime.print(tour(stack, config, options.port));
}

int run_dev(Runtime& runtime, const DevOptions& options) {
  const auto environment = reduce_dev_environment();
  const std::filesystem::path state =
      options.state ? std::filesystem::path(*options.state) : default_state();
  if (options.stop) return stop_other(runtime, state);
  if (!runtime.common().quiet && !runtime.common().verbose) log::setup({});

  tell_environment(runtime, environment);
  StopSignals signals;
  auto stack = take_folder(state, options, signals);
  const PidFile pid(stack.folder());
  require_free_port(options.port);
  if (options.fresh) stack.empty_folder();
  signals.on_second([&stack] { stack.supervisor().hurry(); });
  try {
    bring_up(runtime, stack, options, signals);
  } catch (const Error&) {
    if (!signals.raised()) throw;
    return 128 + signals.number();
  }
  signals.wait();
  runtime.say("stopping");
  stack.supervisor().stop();
  signals.on_second({});
  runtime.say("stopped; the data stay in " + stack.folder().string());
  return signals.raised_again() ? 128 + signals.number() : exit_ok;
}

}  // namespace

Run dev(Spec& spec) {
  auto options = std::make_shared<DevOptions>();
  spec.about(
      "Starts a private PostgreSQL and Redis, migrates, fills in a small world where there is "
      "nobody yet, serves and works. No setting is needed, and of the environment only "
      "FEEDCTL_LOG_LEVEL and FEEDCTL_LOG_FORMAT count: what else would name servers or settings is "
      "not taken, and named at the start. Whoever asks is who they say they are "
      "(auth.mode: open), and only this machine can reach it. Whatever dies is started again; "
      "Ctrl-C ends all of it, a second one at once. Other commands reach the same servers with "
      "--config DIR/feedctl.yaml.");
  spec.example("on port 8000, with the data of the last time", "feedctl dev");
  spec.example("from nothing, on another port", "feedctl dev --fresh --port 3001");
  spec.value("-p,--port", "N", "port to listen on", &options->port).between(1, 65535);
  spec.value("--state", "DIR", "keep the servers' data in this folder", &options->state)
      .shown_default("your state home, /var/lib/feedctl/dev for root");
  spec.flag("--fresh", "remove the data of earlier runs first", &options->fresh);
  spec.flag("--no-redis", "do without Redis", &options->no_redis);
  spec.flag("--stop", "end the feedctl dev that runs there instead", &options->stop);
  spec.see_also({"serve", "seed", "doctor"});
  return [options](Runtime& runtime) { return run_dev(runtime, *options); };
}

}  // namespace feedctl::cli
