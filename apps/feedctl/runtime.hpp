#pragma once
// What a command runs in: the configuration, the connections its table row names (opened on first
// use, and guarded: store/guard.hpp), standard output and the common options. One a process; used
// from the main thread, while interrupted() may be asked from any.
#include <memory>
#include <string>
#include <string_view>

#include "config/load.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/frame/common_options.hpp"
#include "feedctl/frame/exit_codes.hpp"

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
  // Loads the configuration where the command needs it: Error(config) with every mistake.
  Runtime(const Command& command, const CommonOptions& common,
          std::vector<config::FlagValue> flags);
  ~Runtime();

  const Command& command() const { return command_; }
  const CommonOptions& common() const { return common_; }
  bool dry_run() const { return common_.dry_run; }

  const config::Config& config() const { return loaded().config; }
  const config::Loaded& loaded() const;
  // Where the configuration comes from, for commands that load it themselves.
  config::Sources sources() const;

  // database.url with application_name feedctl.<command>; the time-outs of requests for daemons, no
  // statement time-out for the others.
  store::Database& database();
  // database.owner_url, or database.url where it is not set.
  store::Database& owner();
  store::Options database_options() const;
  store::Options owner_options() const;
  // Redis where it is configured, else this process's memory. Redis is down until the cache was
  // told which installation this is: daemons do so as soon as the database answers, the others
  // here, where it answers.
  cache::Cache& cache();

  // Logs from now on as `loaded` and the common options say.
  void set_up_log(const config::Loaded& loaded) const;

  // Data, to standard output. A reader that has gone ends the process quietly; any other failure is
  // an Error(failed).
  void print(std::string_view text) const;
  // Talk, one line to standard error; nothing with --quiet.
  void say(std::string_view line) const;

 private:
  void require(unsigned need) const;
  std::unique_ptr<cache::Cache> open_redis();

  const Command& command_;
  CommonOptions common_;
  std::vector<config::FlagValue> flags_;
  std::unique_ptr<config::Loaded> loaded_;
  struct Connections;
  std::unique_ptr<Connections> connections_;
};

}  // namespace feedctl::cli
