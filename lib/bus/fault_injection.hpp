#pragma once
// A bus with injected faults, for tests: drops, repeats, delays and reorders messages.
#include <memory>

#include "bus/bus.hpp"

namespace feedctl::bus {

// `percent`: the share of messages for each fault. Thread-safe.
std::unique_ptr<Bus> make_fault_injecting_bus(std::unique_ptr<Bus> bus, int percent);

}  // namespace feedctl::bus
