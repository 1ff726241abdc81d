#include "operations/doctor_config.hpp"

#include "base/error.hpp"
#include "config/listen_address.hpp"

namespace feedctl::operations {

void check_config(Findings& findings, const config::LoadedConfig& loaded) {
  findings.push_back({"config", Severity::ok,
                      loaded.file.empty() ? "no file, defaults and environment" : loaded.file});
  for (const auto& warning : loaded.warnings)
    findings.push_back({"config", Severity::warning, warning});
  try {
    config::check_bind(loaded.config.server);
    config::check_work_bind(loaded.config);
  } catch (const Error& error) {
    findings.push_back({"config", Severity::error, error.what(), error.hint()});
  }
  if (loaded.config.auth.mode == config::AuthMode::open &&
      !config::is_loopback(loaded.config.server.host)) {
    findings.push_back({"auth", Severity::error,
                        "auth.mode is open, and others can reach " + loaded.config.server.host,
                        "auth.mode: required"});
  }
}

}  // namespace feedctl::operations
