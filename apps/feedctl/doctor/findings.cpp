#include "feedctl/doctor/findings.hpp"

#include "base/error.hpp"

namespace feedctl::cli::checks {

std::string_view name_of(Level level) {
  switch (level) {
    case Level::ok:
      return "ok";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "";
}

void guarded(Findings& findings, const std::string& name, const std::function<void()>& check) {
  try {
    check();
  } catch (const Error& error) {
    std::string text = error.what();
    if (!error.detail().empty() && text.find(error.detail()) == std::string::npos)
      text += ": " + error.detail();
    // Libraries below write several lines.
    while (!text.empty() && text.back() == '\n') text.pop_back();
    for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    findings.push_back({name, Level::error, text, error.hint()});
  }
}

void check_config(Findings& findings, const config::Loaded& loaded) {
  findings.push_back({"config", Level::ok,
                      loaded.file.empty() ? "no file, defaults and environment" : loaded.file});
  for (const auto& warning : loaded.warnings)
    findings.push_back({"config", Level::warning, warning});
  try {
    config::check_bind(loaded.config.server);
  } catch (const Error& error) {
    findings.push_back({"config", Level::error, error.what(), error.hint()});
  }
  if (loaded.config.auth.mode == config::AuthMode::open &&
      !config::is_loopback(loaded.config.server.host)) {
    findings.push_back({"auth", Level::error,
                        "auth.mode is open, and others can reach " + loaded.config.server.host,
                        "auth.mode: required"});
  }
}

}  // namespace feedctl::cli::checks
