#include "feedctl/runtime.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.hpp"
#include "cache/cache.hpp"
#include "cache/memory_cache.hpp"
#include "cache/redis_cache.hpp"
#include "config/options.hpp"
#include "feedctl/cli/stdio.hpp"
#include "store/batch_options.hpp"
#include "store/database.hpp"
#include "store/guard.hpp"
#include "store/installation.hpp"

namespace feedctl::cli {

struct Runtime::Connections {
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Database> owner;
  std::unique_ptr<cache::Cache> cache;
};

namespace {

std::string application_name(const Command& command) {
  std::string name = "feedctl." + std::string(command.name);
  for (char& c : name) c = c == ' ' ? '-' : c;
  return name;
}

// One-shot commands log only warnings, unless an option says otherwise.
log::Options log_options(const Command& command, const CommonOptions& common,
                         const config::LoadedConfig* loaded) {
  log::Options options = loaded ? loaded->config.log : log::Options{};
  const bool chosen = loaded && loaded->origins.count("log.level") != 0;
  if (!chosen && (command.needs & (is_daemon | logs_progress)) == 0)
    options.level = log::Level::warning;
  if (common.quiet) options.level = log::Level::error;
  if (common.verbose) options.level = log::Level::debug;
  return options;
}

// The guard checks all connections of the process.
void install_connection_guard(const Command& command) {
  if ((command.needs & (needs_database | needs_owner)) == 0 ||
      (command.needs & allows_unfit_database))
    return;
  const bool daemon = (command.needs & is_daemon) != 0;
  store::guard_connections(daemon ? store::GuardMode::close_writes
                                  : store::GuardMode::fail_connections);
}

}  // namespace

Runtime::Runtime(const Command& command, const CommonOptions& common,
                 std::vector<config::FlagValue> flags)
    : command_(command),
      common_(common),
      flags_(std::move(flags)),
      connections_(std::make_unique<Connections>()) {
  if (command_.needs & needs_config) {
    loaded_ = std::make_unique<config::LoadedConfig>(config::load(sources()));
  }
  log::setup(log_options(command_, common_, loaded_.get()));
  if (command_.needs & is_daemon) log::write_behind();
  install_connection_guard(command_);
  if (!loaded_) return;
  for (const auto& warning : loaded_->warnings) log::warning(warning);
}

Runtime::~Runtime() = default;

config::Sources Runtime::sources() const {
  return {common_.config_file, common_.env_file, config::process_environment(), flags_};
}

void Runtime::require_need(unsigned need) const {
  if ((command_.needs & need) == need) return;
  throw Error(ErrorCode::internal, "the command's row does not say that it needs this")
      .with_detail("apps/feedctl/commands.cpp: " + std::string(command_.name));
}

const config::LoadedConfig& Runtime::loaded() const {
  require_need(needs_config);
  return *loaded_;
}

store::Options Runtime::database_options() const {
  const auto& database = config().database;
  const bool daemon = (command_.needs & is_daemon) != 0;
  store::Options options;
  options.url = database.url;
  options.application_name = application_name(command_);
  options.pool_size = database.pool_size;
  options.pool_wait = database.pool_wait;
  options.connect_timeout = database.connect_timeout;
  options.statement_timeout = database.statement_timeout;
  options.lock_timeout = database.lock_timeout;
  options.dry_run = dry_run();
  return daemon ? options : store::with_batch_limits(std::move(options));
}

store::Options Runtime::owner_options() const {
  auto options = database_options();
  if (!config().database.owner_url.empty()) options.url = config().database.owner_url;
  options.statement_timeout = std::chrono::milliseconds{0};
  return options;
}

store::Database& Runtime::database() {
  require_need(needs_database);
  if (!connections_->database)
    connections_->database = std::make_unique<store::Database>(database_options());
  return *connections_->database;
}

store::Database& Runtime::owner() {
  require_need(needs_owner);
  if (!connections_->owner)
    connections_->owner = std::make_unique<store::Database>(owner_options());
  return *connections_->owner;
}

cache::Cache& Runtime::cache() {
  require_need(needs_cache);
  if (!connections_->cache)
    connections_->cache = config().redis.url.empty() ? cache::make_memory_cache() : open_redis();
  return *connections_->cache;
}

std::unique_ptr<cache::Cache> Runtime::open_redis() {
  const auto& redis = config().redis;
  const bool is_batch = (command_.needs & is_daemon) == 0;
  // As with the database, a batch job can wait for a busy server longer than a request can.
  const auto timeout =
      is_batch ? std::max<std::chrono::milliseconds>(redis.timeout, std::chrono::seconds{2})
               : redis.timeout;
  auto cache =
      cache::make_redis_cache({redis.url.reveal(), timeout, redis.pool_size, redis.prefix, true});
  if (!is_batch) return cache;
  try {
    cache->set_installation(store::installation_id(database()));
  } catch (const Error& error) {
    log::debug("redis is not used without the database", {{"error", error.what()}});
  }
  return cache;
}

void Runtime::configure_log(const config::LoadedConfig& loaded) const {
  log::setup(log_options(command_, common_, &loaded));
}

void Runtime::print(std::string_view text) const {
  write_stdout(text);
}

void Runtime::notice(std::string_view line) const {
  if (common_.quiet) return;
  log::print(std::string(line) + '\n');
}

}  // namespace feedctl::cli
