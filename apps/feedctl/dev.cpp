// feedctl dev: a private PostgreSQL and Redis, sample data and the server, in one process tree.
#include <algorithm>
#include <memory>
#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "dev_servers/dev_servers.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/dev/data_dir.hpp"
#include "feedctl/dev/dev_environment.hpp"
#include "feedctl/dev/monitoring.hpp"
#include "feedctl/dev/sample_data.hpp"
#include "feedctl/dev/sign_in.hpp"
#include "feedctl/dev/stop_signals.hpp"
#include "feedctl/dev/subprocesses.hpp"
#include "feedctl/dev/welcome_text.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

struct DevOptions {
  int port = 8000;
  std::string auth = "open";
  int openid_port = 0;  // 0: the one after `port`
  std::optional<std::string> data_dir, profile;
  bool fresh = false;
  bool without_redis = false;
  bool monitor = false;
  int monitor_port = 0;  // 0: the first free one from 9090 on
  bool stop = false;
};

dev_servers::DevServers lock_data_dir(const std::filesystem::path& data_dir,
                                      const DevOptions& options, StopSignals& signals) {
  dev_servers::DevServersOptions server_options;
  server_options.data_dir = data_dir;
  server_options.with_redis = !options.without_redis;
  server_options.is_cancelled = [&signals] { return signals.is_raised(); };
  try {
    return dev_servers::DevServers(server_options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::lock_held) throw;
    const auto pid = running_pid(data_dir);
    throw Error(ErrorCode::lock_held,
                "another feedctl dev runs in " + data_dir.string() +
                    (pid == 0 ? "" : " (process " + std::to_string(pid) + ")"))
        .with_hint("end it with `feedctl dev --stop`, or name another folder with --state");
  }
}

bool requires_tokens(const DevOptions& options) {
  return options.auth == "required";
}

void report_environment(const Runtime& runtime, const DevEnvironment& environment,
                        const DevOptions& options) {
  if (!environment.kept.empty())
    runtime.notice("used from the environment: " + join(environment.kept, ", "));
  if (!environment.removed.empty())
    runtime.notice("ignored in the environment, since dev has servers and settings of its own: " +
                   join(environment.removed, ", "));
  const auto& removed = environment.removed;
  if (!requires_tokens(options) &&
      std::find(removed.begin(), removed.end(), "FEEDCTL_AUTH_MODE") != removed.end()) {
    runtime.notice("for requests with tokens: feedctl dev --auth required");
  }
}

int stop_running_instance(Runtime& runtime, const std::filesystem::path& data_dir) {
  const bool ran = stop_running(data_dir);
  runtime.notice(ran ? "stopped" : "no feedctl dev runs in " + data_dir.string());
  return exit_ok;
}

int choose_openid_port(const DevOptions& options) {
  // Without an option the first free port beside the server's: sign-ins are not worth a failure.
  if (options.openid_port == 0) return find_free_port(options.port + 1);
  if (options.openid_port == options.port) {
    throw Error(ErrorCode::usage, "--port and --openid-port name the same port")
        .with_hint("leave --openid-port out: it is then the one after --port");
  }
  require_free_port(options.openid_port, "--openid-port");
  return options.openid_port;
}

std::optional<Monitoring> choose_monitoring(const Runtime& runtime, const DevOptions& options) {
  if (!options.monitor && options.monitor_port == 0) return std::nullopt;
  auto monitoring = plan_monitoring(options.monitor_port, !options.without_redis);
  if (!monitoring.missing_packages.empty())
    runtime.notice("Prometheus runs without what is not installed: " +
                   join(monitoring.missing_packages, ", "));
  return monitoring;
}

void start_provider(dev_servers::DevServers& servers, dev_openid::Options& provider,
                    StopSignals& signals) {
  add_people(provider, servers);
  write_provider_settings(servers.data_dir(), provider);
  const auto log = servers.data_dir() / "log" / "openid-provider.log";
  servers.supervisor().start(openid_service(servers.data_dir(), log, provider.port),
                             [&signals] { return signals.is_raised(); });
}

void start_services(dev_servers::DevServers& servers, const std::filesystem::path& config,
                    const DevOptions& options, const std::optional<Monitoring>& monitoring,
                    StopSignals& signals) {
  const auto logs = servers.data_dir() / "log";
  const auto is_cancelled = [&signals] { return signals.is_raised(); };
  auto& supervisor = servers.supervisor();
  supervisor.start(serve_service(config, logs / "serve.log", options.port), is_cancelled);
  supervisor.start(work_service(config, logs / "work.log", monitoring ? monitoring->ports.work : 0),
                   is_cancelled);
  if (!options.without_redis) {
    const auto textfile = monitoring ? monitoring_textfile(servers.data_dir()) : "";
    supervisor.start(flush_service(config, logs / "flush-views.log", textfile), is_cancelled);
  }
  if (monitoring) start_monitoring(servers, options.port, *monitoring, is_cancelled);
}

void start_all(Runtime& runtime, dev_servers::DevServers& servers, const DevOptions& options,
               int openid_port, const std::optional<Monitoring>& monitoring, StopSignals& signals) {
  runtime.notice("starting PostgreSQL" + std::string(options.without_redis ? "" : " and Redis") +
                 " in " + servers.data_dir().string());
  servers.start();
  prepare_media(servers.data_dir());
  auto provider = make_provider_options(options.port, openid_port);
  const auto config = write_config(servers, options.port, options.auth, provider);
  run_feedctl({"migrate", "up"}, config, servers.data_dir() / "log" / "migrate.log", signals);
  load_sample_data(runtime, servers, config, options.profile, signals);
  add_console_accounts(servers);
  start_provider(servers, provider, signals);
  if (monitoring) prepare_monitoring(servers.data_dir());
  start_services(servers, config, options, monitoring, signals);
  runtime.print(welcome_text(
      servers, config,
      {options.port, monitoring ? monitoring->ports.prometheus : 0, requires_tokens(options)},
      provider));
}

int run_dev(Runtime& runtime, const DevOptions& options) {
  const auto environment = sanitize_dev_environment();
  const std::filesystem::path data_dir =
      options.data_dir ? std::filesystem::path(*options.data_dir) : default_data_dir();
  if (options.stop) return stop_running_instance(runtime, data_dir);
  if (!runtime.common().quiet && !runtime.common().verbose) log::setup({});

  report_environment(runtime, environment, options);
  StopSignals signals;
  auto servers = lock_data_dir(data_dir, options, signals);
  const PidFile pid(servers.data_dir());
  require_free_port(options.port, "--port");
  const int openid_port = choose_openid_port(options);
  const auto monitoring = choose_monitoring(runtime, options);
  if (options.fresh) {
    servers.clear_data_dir();
    clear_media(servers.data_dir());
  }
  signals.set_on_second([&servers] { servers.supervisor().force_stop(); });
  try {
    start_all(runtime, servers, options, openid_port, monitoring, signals);
  } catch (const Error&) {
    if (!signals.is_raised()) throw;
    return 128 + signals.first_signal();
  }
  signals.wait();
  runtime.notice("stopping");
  servers.supervisor().stop();
  signals.set_on_second({});
  runtime.notice("stopped; the data stay in " + servers.data_dir().string());
  return signals.is_raised_again() ? 128 + signals.first_signal() : exit_ok;
}

}  // namespace

CommandFn dev(Spec& spec) {
  auto options = std::make_shared<DevOptions>();
  spec.about(
      "Starts a private PostgreSQL and Redis, applies the migrations, loads sample data into an "
      "empty database, and runs serve, work and flush-views. It needs no setting. Of the "
      "environment it uses only FEEDCTL_LOG_LEVEL and FEEDCTL_LOG_FORMAT; at the start it lists "
      "the other variables that it ignores. Only this machine can reach the server. Requests name "
      "their actor without a token (auth.mode: open). With --auth required they need a token. A "
      "small OpenID provider runs beside the server, at which anyone signs in as anyone, without a "
      "password: as admin or editor at the console, /admin/. A process that dies is started again. "
      "With --monitor Prometheus watches the servers. Ctrl-C ends all of them, a second Ctrl-C at "
      "once. Other commands reach the same servers "
      "with --config DIR/feedctl.yaml.");
  spec.example("on port 8000, with the data of the last run", "feedctl dev");
  spec.example("without earlier data, on another port", "feedctl dev --fresh --port 3001");
  spec.example("with ten thousand users", "feedctl dev --fresh --profile medium");
  spec.example("with tokens and a page to sign in", "feedctl dev --auth required");
  spec.example("with Prometheus", "feedctl dev --monitor");
  spec.value("-p,--port", "N", "port to listen on", &options->port).between(1, 65535);
  spec.value("--auth", "MODE", "whether requests need a token", &options->auth)
      .one_of({"open", "required"});
  spec.value("--openid-port", "N", "port of the OpenID provider", &options->openid_port)
      .between(1, 65535)
      .shown_default("the next free one after --port");
  spec.value("--state", "DIR", "keep the servers' data in this folder", &options->data_dir)
      .shown_default("your state home, /var/lib/feedctl/dev for root");
  spec.value("--profile", "NAME", "the world to load into an empty database: small if not given",
             &options->profile)
      .one_of({"small", "medium", "million"});
  spec.flag("--fresh", "remove the data of earlier runs first", &options->fresh);
  spec.flag("--no-redis", "run without Redis", &options->without_redis);
  spec.flag("--monitor", "run Prometheus beside the rest, where it is installed",
            &options->monitor);
  spec.value("--monitor-port", "N", "run Prometheus on this port", &options->monitor_port)
      .between(1, 65535)
      .shown_default("the first free one from 9090 on");
  spec.flag("--stop", "stop the feedctl dev that uses this folder", &options->stop);
  spec.see_also({"serve", "seed", "doctor"});
  return [options](Runtime& runtime) { return run_dev(runtime, *options); };
}

}  // namespace feedctl::cli
