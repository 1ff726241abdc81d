#pragma once
// A bus that lies, for tests: of all messages a share is dropped, a share comes twice, a share
// comes late, and what is at hand comes in any order. Nothing may depend on any of it.
#include "bus/bus.hpp"

namespace feedctl::bus {

// `percent`: of each of the three evils. Thread-safe like what it wraps.
std::unique_ptr<Bus> make_unreliable(std::unique_ptr<Bus> bus, int percent);

}  // namespace feedctl::bus
