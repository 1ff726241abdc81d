#pragma once
// What SIGHUP changes in a running server: of a configuration that was read anew, the keys that the
// option table marks. Plain functions on values.
#include <string>
#include <vector>

#include "config/load.hpp"

namespace feedctl::app {

struct Reload {
  config::Loaded next;               // what runs now, with the marked keys of the fresh one
  std::vector<std::string> changed;  // keys that it takes over
  std::vector<std::string> pending;  // keys that differ, but need a restart
};

Reload reload(const config::Loaded& running, const config::Loaded& fresh);

}  // namespace feedctl::app
