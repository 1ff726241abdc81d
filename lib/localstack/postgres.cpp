#include "localstack/postgres.hpp"

#include <unistd.h>

#include <cstdlib>

#include "base/error.hpp"
#include "localstack/folder.hpp"
#include "localstack/pg_admin.hpp"
#include "localstack/postgres_files.hpp"

namespace feedctl::localstack {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

const char* const superuser = "postgres";
const char* const owner = "feedctl_owner";
const char* const app = "feedctl_app";

bool holds_server(const fs::path& folder) {
  return !folder.empty() && ::access((folder / "initdb").c_str(), X_OK) == 0 &&
         ::access((folder / "postgres").c_str(), X_OK) == 0;
}

fs::path newest_installed() {
  fs::path best;
  int best_version = 0;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", failure)) {
    const int version = std::atoi(entry.path().filename().c_str());
    if (version <= best_version || !holds_server(entry.path() / "bin")) continue;
    best = entry.path() / "bin";
    best_version = version;
  }
  return best;
}

fs::path told_by_pg_config() {
  const auto program = find_program("pg_config");
  if (program.empty()) return {};
  Command command;
  command.argv = {program, "--bindir"};
  auto text = run(command, milliseconds{5000}).output;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// Messages and order are the same whatever language the caller has.
const std::vector<std::string> clean_environment = {"LANGUAGE", "LC_ALL=C.UTF-8"};

}  // namespace

fs::path find_postgres(const std::string& version) {
  const fs::path wanted = fs::path("/usr/lib/postgresql") / version / "bin";
  if (!version.empty() && holds_server(wanted)) return wanted;
  if (const auto found = find_program("initdb").parent_path(); holds_server(found)) return found;
  if (auto found = newest_installed(); !found.empty()) return found;
  if (auto found = told_by_pg_config(); holds_server(found)) return found;
  throw Error(ErrorCode::unavailable,
              "no PostgreSQL server is in PATH or below /usr/lib/postgresql")
      .with_hint("apt-get install postgresql");
}

Postgres::Postgres(PostgresOptions options)
    : options_(std::move(options)), account_(server_account()) {}

void Postgres::start(Supervisor& supervisor, const std::function<bool()>& cancelled) {
  programs_ = find_postgres(cluster_version(data()));
  make_cluster();
  supervisor.start(service(), cancelled);
  make_roles_and_database();
}

void Postgres::make_cluster() const {
  if (!cluster_version(data()).empty()) return;
  if (fs::exists(data()) && !fs::is_empty(data())) {
    throw Error(ErrorCode::failed, data().string() + " holds files, and no database")
        .with_hint("name another folder");
  }
  if (account_) require_reachable(data(), *account_);
  // Made beside its place and moved there, so an interrupted run leaves no half of one.
  const auto unfinished = options_.folder / "postgres.new";
  fs::remove_all(unfinished);
  make_private_folder(unfinished, account_);
  Command command;
  command.argv = {programs_ / "initdb",
                  "-D",
                  unfinished,
                  "-U",
                  superuser,
                  "--auth-local=trust",
                  "--auth-host=reject",
                  "--encoding=UTF8",
                  "--locale=C.UTF-8",
                  "--lc-collate=C",
                  "--no-instructions"};
  command.argv.push_back(options_.durable ? "--data-checksums" : "--no-sync");
  command.account = account_;
  command.environment = clean_environment;
  command.folder = "/";
  const auto finished = run(command, milliseconds{120'000});
  if (finished.exit.code != 0) {
    throw Error(ErrorCode::unavailable, "initdb ended with " + finished.exit.describe())
        .with_hint(finished.output);
  }
  fs::remove_all(data());
  fs::rename(unfinished, data());
}

Service Postgres::service() const {
  Service service;
  service.name = "postgres";
  auto& argv = service.command.argv;
  argv = {programs_ / "postgres", "-D", data()};
  const auto set = [&argv](const std::string& setting) {
    argv.push_back("-c");
    argv.push_back(setting);
  };
  set("listen_addresses=");
  set(std::string("port=") + socket_port);
  set("unix_socket_directories=" + quoted_name(options_.sockets));
  set("unix_socket_permissions=0700");
  set("max_connections=" + std::to_string(options_.max_connections));
  set("timezone=UTC");
  set("log_timezone=UTC");
  set("jit=off");
  set("wal_compression=on");
  set("track_commit_timestamp=on");
  if (options_.durable) {
    set("shared_buffers=128MB");
    set("max_wal_size=4GB");
    set("min_wal_size=512MB");
  } else {
    for (const char* setting : {"fsync=off", "synchronous_commit=off", "full_page_writes=off",
                                "shared_buffers=64MB", "wal_level=minimal", "max_wal_senders=0"}) {
      set(setting);
    }
  }
  service.command.account = account_;
  auto& environment = service.command.environment;
  environment = clean_environment;
  environment.insert(environment.end(), options_.environment.begin(), options_.environment.end());
  service.command.folder = "/";
  service.command.log = options_.folder / "log" / "postgres.log";
  service.command.death_signal = SIGINT;
  // Tests throw their data away: SIGQUIT spares the last checkpoint.
  service.stop_signal = options_.durable ? SIGINT : SIGQUIT;
  service.hurry_signal = SIGQUIT;
  service.grace = std::chrono::seconds{30};
  service.before_start = [data = data()] { clear_stale_pid(data); };
  service.ready = [url = superuser_url()] { return accepts_connections(url); };
  rotate_log(service.command.log);
  return service;
}

void Postgres::make_roles_and_database() const {
  const auto exists = [this](const std::string& catalog, const std::string& where) {
    return !execute(superuser_url(), "SELECT 1 FROM " + catalog + " WHERE " + where).empty();
  };
  for (const std::string role : {owner, app}) {
    if (exists("pg_roles", "rolname = '" + role + "'")) continue;
    execute(superuser_url(), "CREATE ROLE " + role + " LOGIN");
  }
  if (!exists("pg_database", "datname = 'feedctl'")) {
    execute(superuser_url(), std::string("CREATE DATABASE feedctl OWNER ") + owner);
  }
  // Before version 15 everybody may create tables there.
  execute(superuser_url("feedctl"), "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  execute(superuser_url("feedctl"), std::string("GRANT ALL ON SCHEMA public TO ") + owner);
}

std::string Postgres::owner_url(const std::string& database) const {
  return socket_url(owner, database, options_.sockets);
}

std::string Postgres::url(const std::string& database) const {
  return socket_url(app, database, options_.sockets);
}

std::string Postgres::superuser_url(const std::string& database) const {
  return socket_url(superuser, database, options_.sockets);
}

}  // namespace feedctl::localstack
