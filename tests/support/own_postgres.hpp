#pragma once
// A PostgreSQL of one test's own, which keeps what it has committed, with the schema of this
// binary: it may be stopped, killed, put back to what it was, made a standby, or told another time.
// Not thread-safe.
#include <filesystem>
#include <optional>
#include <string>

#include "dev_servers/dev_servers.hpp"
#include "support/stepped_clock.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::support {

class PrivatePostgres {
 public:
  enum class Clock { real, stepped };
  enum class Schema { migrated, empty };
  explicit PrivatePostgres(Clock clock = Clock::real, Schema schema = Schema::migrated);

  // Of a stepped one: the server's clock from now on, as far from the true time, also while it
  // runs.
  void set_clock(std::chrono::microseconds offset) { clock_.value().set(offset); }

  void stop();  // it writes all down, and stays away
  void kill();  // it writes nothing down, and stays away
  void start();

  // While it is stopped: keeps its data; puts them back, as often as wanted.
  void save_copy() const;
  void restore_copy() const;

  // It comes back at once, reads only, and promote() makes it the primary again.
  void make_standby();
  void promote() const;

  std::string url() const { return stack_->postgres().url(); }  // serve's
  std::string owner_url() const { return stack_->postgres().owner_url(); }
  std::string superuser_url() const { return stack_->postgres().superuser_url("feedctl"); }
  // One statement as superuser; the first column of the first row.
  std::string execute(const std::string& sql) const;
  pid_t pid() const { return stack_->supervisor().pid("postgres"); }
  std::filesystem::path socket_dir() const { return folder_.path() / "run"; }

 private:
  std::filesystem::path data() const { return folder_.path() / "postgres"; }

  TempFolder folder_{"feedctl-test-", server_data_root()};
  std::optional<SteppedClock> clock_;
  mutable std::optional<dev_servers::DevServers> stack_;
};

}  // namespace feedctl::support
