#pragma once
// Makes the message bus that the configuration names. Plain function; opens no connection.
#include <memory>
#include <string>

#include "bus/bus.hpp"
#include "config/config.hpp"

namespace feedctl::app {

// nullptr: bus.kind is postgres, and the workers poll the log. `installation` is the database's id,
// which keeps installations on one broker apart. Error(config) if the kind needs a server that is
// not configured.
std::unique_ptr<bus::Bus> make_bus(const config::Config& config, const std::string& installation);

}  // namespace feedctl::app
