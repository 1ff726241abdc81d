#pragma once
// Configuration reload on SIGHUP: a running daemon takes over the changed keys that the option
// table marks as reloadable.
//
// plan_reload() is a pure function. The others run in the main thread; they log an invalid
// configuration, and then nothing changes.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"

namespace feedctl::app {

struct ReloadPlan {
  config::LoadedConfig next;         // the running one with the reloadable keys of the fresh one
  std::vector<std::string> changed;  // keys taken over
  std::vector<std::string> needs_restart;  // changed keys that only a restart applies
};

// `section`, such as "log", limits the plan to reloadable keys of that section; the others then
// count neither as changed nor as pending.
ReloadPlan plan_reload(const config::LoadedConfig& running, const config::LoadedConfig& fresh,
                       std::string_view section = {});

}  // namespace feedctl::app

namespace feedctl::cli {

class Runtime;

// Loads the configuration again and passes the new one to `apply`. Unless that throws, it becomes
// `running`, and the log follows it. Notifies systemd that a reload has begun; the caller notifies
// that it has ended.
void reload_configuration(Runtime& runtime, config::LoadedConfig& running,
                          const std::function<void(const config::LoadedConfig&)>& apply);

// The same for a daemon that takes over only the keys of the log. Notifies nobody.
void reload_log_configuration(Runtime& runtime, config::LoadedConfig& running);

}  // namespace feedctl::cli
