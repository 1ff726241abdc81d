#include "dev_servers/postgres.hpp"

#include <unistd.h>

#include <cstdlib>

#include "base/error.hpp"
#include "dev_servers/data_dir.hpp"
#include "dev_servers/pg_admin.hpp"
#include "dev_servers/postgres_files.hpp"

namespace feedctl::dev_servers {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

const char* const superuser_role = "postgres";
const char* const owner_role = "feedctl_owner";
const char* const app_role = "feedctl_app";

bool has_server_programs(const fs::path& dir) {
  return !dir.empty() && ::access((dir / "initdb").c_str(), X_OK) == 0 &&
         ::access((dir / "postgres").c_str(), X_OK) == 0;
}

fs::path newest_installed_bin_dir() {
  fs::path best;
  int best_version = 0;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", failure)) {
    const int version = std::atoi(entry.path().filename().c_str());
    if (version <= best_version || !has_server_programs(entry.path() / "bin")) continue;
    best = entry.path() / "bin";
    best_version = version;
  }
  return best;
}

fs::path pg_config_bin_dir() {
  const auto program = find_program("pg_config");
  if (program.empty()) return {};
  Command command;
  command.argv = {program, "--bindir"};
  auto text = run(command, milliseconds{5000}).output;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// Messages and order are the same whatever language the caller has.
const std::vector<std::string> server_environment = {"LANGUAGE", "LC_ALL=C.UTF-8"};

// A data directory is made beside its place and moved there, so an interrupted run leaves no half
// of one.
fs::path unfinished_dir(const fs::path& dir) {
  fs::path unfinished = dir.string() + ".new";
  fs::remove_all(unfinished);
  return unfinished;
}

// With owners and modes.
void copy_cluster(const fs::path& from, const fs::path& dir) {
  const auto unfinished = unfinished_dir(dir);
  Command command;
  command.argv = {"cp", "-a", from, unfinished};
  const auto finished = run(command, milliseconds{120'000});
  if (finished.status.code != 0) {
    throw Error(ErrorCode::unavailable, "cp ended with " + finished.status.describe())
        .with_hint(finished.output);
  }
  fs::remove_all(dir);
  fs::rename(unfinished, dir);
}

}  // namespace

fs::path find_postgres_bin_dir(const std::string& version) {
  const fs::path wanted = fs::path("/usr/lib/postgresql") / version / "bin";
  if (!version.empty() && has_server_programs(wanted)) return wanted;
  if (const auto found = find_program("initdb").parent_path(); has_server_programs(found))
    return found;
  if (auto found = newest_installed_bin_dir(); !found.empty()) return found;
  if (auto found = pg_config_bin_dir(); has_server_programs(found)) return found;
  throw Error(ErrorCode::unavailable,
              "no PostgreSQL server is in PATH or below /usr/lib/postgresql")
      .with_hint("apt-get install postgresql");
}

Postgres::Postgres(PostgresOptions options)
    : options_(std::move(options)), account_(server_account()) {}

void Postgres::start(Supervisor& supervisor, const std::function<bool()>& cancelled) {
  bin_dir_ = find_postgres_bin_dir(cluster_version(data_dir()));
  init_cluster();
  supervisor.start(service(), cancelled);
  make_roles_and_database();
}

void Postgres::init_cluster() const {
  if (!cluster_version(data_dir()).empty()) return;
  if (fs::exists(data_dir()) && !fs::is_empty(data_dir())) {
    throw Error(ErrorCode::failed, data_dir().string() + " holds files, and no database")
        .with_hint("name another folder");
  }
  if (options_.ready_cluster.empty()) {
    make_cluster(bin_dir_, data_dir(), options_.is_durable);
  } else {
    copy_cluster(options_.ready_cluster, data_dir());
  }
}

void make_cluster(const fs::path& bin_dir, const fs::path& dir, bool is_durable) {
  const auto account = server_account();
  if (account) require_reachable(dir, *account);
  const auto unfinished = unfinished_dir(dir);
  make_private_dir(unfinished, account);
  Command command;
  command.argv = {bin_dir / "initdb",   "-D",
                  unfinished,           "-U",
                  superuser_role,       "--auth-local=trust",
                  "--auth-host=reject", "--encoding=UTF8",
                  "--locale=C.UTF-8",   "--lc-collate=C",
                  "--no-instructions"};
  command.argv.push_back(is_durable ? "--data-checksums" : "--no-sync");
  command.account = account;
  command.environment = server_environment;
  command.working_dir = "/";
  const auto finished = run(command, milliseconds{120'000});
  if (finished.status.code != 0) {
    throw Error(ErrorCode::unavailable, "initdb ended with " + finished.status.describe())
        .with_hint(finished.output);
  }
  fs::remove_all(dir);
  fs::rename(unfinished, dir);
}

Service Postgres::service() const {
  Service service;
  service.name = "postgres";
  auto& argv = service.command.argv;
  argv = {bin_dir_ / "postgres", "-D", data_dir()};
  const auto set = [&argv](const std::string& setting) {
    argv.push_back("-c");
    argv.push_back(setting);
  };
  set("listen_addresses=");
  set(std::string("port=") + socket_port);
  set("unix_socket_directories=" + quoted_name(options_.socket_dir));
  set("unix_socket_permissions=0700");
  set("max_connections=" + std::to_string(options_.max_connections));
  set("timezone=UTC");
  set("log_timezone=UTC");
  set("jit=off");
  set("wal_compression=on");
  set("track_commit_timestamp=on");
  if (options_.is_durable) {
    set("shared_buffers=128MB");
    set("max_wal_size=4GB");
    set("min_wal_size=512MB");
  } else {
    for (const char* setting :
         {"fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB",
          "wal_level=minimal", "max_wal_senders=0", "max_wal_size=256MB"}) {
      set(setting);
    }
  }
  service.command.account = account_;
  auto& environment = service.command.environment;
  environment = server_environment;
  environment.insert(environment.end(), options_.environment.begin(), options_.environment.end());
  service.command.working_dir = "/";
  service.command.log_file = options_.data_root / "log" / "postgres.log";
  service.command.death_signal = SIGINT;
  // Tests throw their data away: SIGQUIT spares the last checkpoint.
  service.stop_signal = options_.is_durable ? SIGINT : SIGQUIT;
  service.forced_stop_signal = SIGQUIT;
  service.grace_period = std::chrono::seconds{30};
  service.before_start = [data = data_dir()] { clear_stale_pid(data); };
  service.is_ready = [url = superuser_url()] { return accepts_connections(url); };
  rotate_log(service.command.log_file);
  return service;
}

void Postgres::make_roles_and_database() const {
  const auto exists = [this](const std::string& catalog, const std::string& where) {
    return !execute(superuser_url(), "SELECT 1 FROM " + catalog + " WHERE " + where).empty();
  };
  for (const std::string role : {owner_role, app_role}) {
    if (exists("pg_roles", "rolname = '" + role + "'")) continue;
    execute(superuser_url(), "CREATE ROLE " + role + " LOGIN");
  }
  if (!exists("pg_database", "datname = 'feedctl'")) {
    execute(superuser_url(), std::string("CREATE DATABASE feedctl OWNER ") + owner_role);
  }
  // Before version 15 everybody may create tables there.
  execute(superuser_url("feedctl"), "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  execute(superuser_url("feedctl"), std::string("GRANT ALL ON SCHEMA public TO ") + owner_role);
}

std::string Postgres::owner_url(const std::string& database) const {
  return socket_url(owner_role, database, options_.socket_dir);
}

std::string Postgres::url(const std::string& database) const {
  return socket_url(app_role, database, options_.socket_dir);
}

std::string Postgres::superuser_url(const std::string& database) const {
  return socket_url(superuser_role, database, options_.socket_dir);
}

}  // namespace feedctl::dev_servers
