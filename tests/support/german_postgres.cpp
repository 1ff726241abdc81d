#include "support/german_postgres.hpp"

#include <cstdlib>

#include "base/error.hpp"
#include "dev_servers/child_process.hpp"
#include "dev_servers/data_dir.hpp"
#include "support/catch.hpp"

namespace feedctl::support {

namespace {

using namespace std::chrono_literals;

const std::string locale = "de_DE.UTF-8";

bool make_locale(const std::filesystem::path& folder) {
  if (dev_servers::find_program("localedef").empty()) return false;
  dev_servers::Command command;
  command.argv = {"localedef", "-i", "de_DE", "-f", "UTF-8", (folder / locale).string()};
  return dev_servers::run(std::move(command), 120s).status.code == 0;
}

}  // namespace

GermanPostgres::GermanPostgres() {
  if (!make_locale(locales_.path())) return;
  ::setenv("LOCPATH", locales_.path().c_str(), 1);
  server_.emplace();
  ::unsetenv("LOCPATH");
  server_->execute("ALTER DATABASE feedctl SET lc_messages = '" + locale + "'");
}

bool GermanPostgres::has_german_messages() const {
  try {
    if (server_) server_->execute("SELECT 1 / 0");
  } catch (const Error& error) {
    if (std::string(error.what()).find("Division durch Null") != std::string::npos) return true;
  }
  WARN("skipped: no locale de_DE can be made here, or PostgreSQL has no German messages");
  return false;
}

}  // namespace feedctl::support
