#pragma once
#include <memory>
#include <string>

#include "bus/bus.hpp"
#include "redis/tenancy.hpp"

namespace feedctl::bus {

// A bus over Redis Streams: one stream a slot with one consumer group.
// Error(config) for a bad URL. Does not connect yet.
std::unique_ptr<Bus> make_redis_bus(const std::string& url, const Timing& timing = {},
                                    const Limits& limits = {}, const redis::Tenancy& tenancy = {});

}  // namespace feedctl::bus
