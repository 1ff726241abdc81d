#include "support/own_postgres.hpp"

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "base/error.hpp"
#include "dev_servers/pg_admin.hpp"
#include "store/migrator.hpp"

namespace feedctl::support {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// With owners and modes.
void copy_folder(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  dev_servers::Command command;
  command.argv = {"cp", "-a", from.string(), to.string()};
  const auto done = dev_servers::run(std::move(command), 5min);
  if (done.status.code != 0) throw std::runtime_error("cp: " + done.output);
}

}  // namespace

PrivatePostgres::PrivatePostgres(Clock clock, Schema schema) {
  if (clock == Clock::stepped) clock_.emplace(folder_.path());
  start();
  if (schema == Schema::empty) return;
  store::MigrateOptions options;
  options.owner_url = Secret<std::string>(owner_url());
  options.url = Secret<std::string>(url());
  store::migrate_up(options);
}

void PrivatePostgres::start() {
  dev_servers::DevServersOptions options{folder_.path(), true, false, {}};
  if (clock_) options.postgres_environment = clock_->environment();
  stack_.emplace(std::move(options));
  stack_->start();
}

void PrivatePostgres::stop() {
  stack_.reset();
}

void PrivatePostgres::kill() {
  ::kill(pid(), SIGKILL);
  stack_.reset();  // which would start it again
}

void PrivatePostgres::save_copy() const {
  copy_folder(data(), folder_.path() / "copy");
}

void PrivatePostgres::restore_copy() const {
  copy_folder(folder_.path() / "copy", data());
}

void PrivatePostgres::make_standby() {
  std::ofstream(data() / "standby.signal") << "";
  ::kill(pid(), SIGINT);
  for (const auto deadline = Deadline::after(5min);;) {
    try {
      if (execute("SELECT pg_is_in_recovery()") == "t") return;
    } catch (const Error&) {
      // It is being started again.
    }
    if (deadline.is_expired()) throw std::runtime_error("PostgreSQL does not become a standby");
    std::this_thread::sleep_for(20ms);
  }
}

void PrivatePostgres::promote() const {
  if (execute("SELECT pg_promote()") != "t") throw std::runtime_error("pg_promote has failed");
}

std::string PrivatePostgres::execute(const std::string& sql) const {
  return dev_servers::execute(superuser_url(), sql);
}

}  // namespace feedctl::support
