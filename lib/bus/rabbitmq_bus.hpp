#pragma once
#include <memory>
#include <string>

#include "base/secret.hpp"
#include "bus/bus.hpp"
#include "redis/tenancy.hpp"

namespace feedctl::bus {

// A bus over RabbitMQ: one quorum queue a slot behind a direct exchange.
// Error(config) for a bad URL. Does not connect yet.
std::unique_ptr<Bus> make_rabbitmq_bus(const Secret<std::string>& url, const Timing& timing = {},
                                       const Limits& limits = {},
                                       const redis::Tenancy& tenancy = {});

}  // namespace feedctl::bus
