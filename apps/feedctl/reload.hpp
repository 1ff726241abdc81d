#pragma once
// What SIGHUP changes in a running daemon: of a configuration that was read anew, the keys that the
// option table marks.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"

namespace feedctl::app {

struct Reload {
  config::Loaded next;               // what runs now, with the marked keys of the fresh one
  std::vector<std::string> changed;  // keys that it takes over
  std::vector<std::string> pending;  // keys that differ, but need a restart
};

// Of the marked keys only those of `section` ("log"), where one is named: the others mean nothing
// to who asks, and are neither changed nor pending.
Reload reload(const config::Loaded& running, const config::Loaded& fresh,
              std::string_view section = {});

}  // namespace feedctl::app

namespace feedctl::cli {

class Runtime;

// Reads the configuration again, hands what is to run from now on to `apply`, and where that takes
// it makes it what is running; the log follows it, too. Mistakes are logged, and nothing changes.
// Tells the service manager that a reload has begun: its end is the caller's.
void reload_configuration(Runtime& runtime, config::Loaded& running,
                          const std::function<void(const config::Loaded&)>& apply);

// The same for a daemon that takes over the log's keys alone. Tells the service manager nothing.
void reload_log(Runtime& runtime, config::Loaded& running);

}  // namespace feedctl::cli
