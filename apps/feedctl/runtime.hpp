#pragma once
// Runtime of a command: its configuration, the connections that its table row allows, standard
// output and the common options.
//
// Connections open on first use, guarded by store/guard.hpp; the object owns them. One for each
// process. For the main thread.
#include <memory>
#include <string>
#include <string_view>

#include "config/load.hpp"
#include "feedctl/cli/common_options.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/commands.hpp"

namespace feedctl::store {
class Database;
struct Options;
}  // namespace feedctl::store
namespace feedctl::cache {
class Cache;
}

namespace feedctl::cli {

class Runtime {
 public:
  // Loads the configuration if the command needs it: Error(config) with all mistakes.
  Runtime(const Command& command, const CommonOptions& common,
          std::vector<config::FlagValue> flags);
  ~Runtime();

  const Command& command() const { return command_; }
  const CommonOptions& common() const { return common_; }
  bool dry_run() const { return common_.dry_run; }

  const config::Config& config() const { return loaded().config; }
  const config::LoadedConfig& loaded() const;
  // The sources of the configuration, for commands that load it themselves.
  config::Sources sources() const;

  // database.url with application_name feedctl.<command>. Only daemons have a statement timeout.
  store::Database& database();
  // database.owner_url, or database.url if it is not set.
  store::Database& owner();
  store::Options database_options() const;
  store::Options owner_options() const;
  // Redis if it is configured, else the memory of this process. Redis counts as down until the
  // cache knows the installation's id: daemons set it once the database answers, other commands
  // here.
  cache::Cache& cache();

  // Applies the log settings of `loaded` and the common options.
  void configure_log(const config::LoadedConfig& loaded) const;

  // Writes data to standard output. Throws StdoutClosed if its reader has gone, Error(failed) for
  // any other failure.
  void print(std::string_view text) const;
  // Writes one line to standard error, unless --quiet is set.
  void notice(std::string_view line) const;

 private:
  void require_need(unsigned need) const;
  std::unique_ptr<cache::Cache> open_redis();

  const Command& command_;
  CommonOptions common_;
  std::vector<config::FlagValue> flags_;
  std::unique_ptr<config::LoadedConfig> loaded_;
  struct Connections;
  std::unique_ptr<Connections> connections_;
};

}  // namespace feedctl::cli
