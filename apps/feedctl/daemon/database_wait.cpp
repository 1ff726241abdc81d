#include "feedctl/daemon/database_wait.hpp"

#include "base/log.hpp"

namespace feedctl::app {

void log_database_wait(LogThrottle& throttle, const Error& error) {
  if (!throttle.should_log(error.detail())) return;
  log::warning("waiting for the database", {{"error", error.what()}, {"detail", error.detail()}});
}

}  // namespace feedctl::app
