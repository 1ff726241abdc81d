#include "feedctl/daemon/bus_factory.hpp"

#include <utility>

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "bus/fault_injection.hpp"
#include "bus/rabbitmq_bus.hpp"
#include "bus/redis_bus.hpp"

namespace feedctl::app {

namespace {

// Its value is the share of messages, in percent, for each fault.
const failpoint::Point unreliable_bus{"bus.unreliable"};

std::unique_ptr<bus::Bus> make_configured_bus(const config::Config& config,
                                              const std::string& installation) {
  using Kind = config::BusKind;
  const auto kind = config.bus.kind;
  const bool redis = !config.redis.url.empty();
  if (kind == Kind::redis && !redis) {
    throw Error(ErrorCode::config, "bus.kind is redis, but there is no redis.url")
        .with_hint("set redis.url, or bus.kind: postgres");
  }
  if (kind == Kind::rabbitmq && config.bus.rabbitmq_url.empty()) {
    throw Error(ErrorCode::config, "bus.kind is rabbitmq, but there is no bus.rabbitmq_url")
        .with_hint("set bus.rabbitmq_url: amqp://user:password@host:5672/");
  }
  if (kind == Kind::rabbitmq) {
    return bus::make_rabbitmq_bus(config.bus.rabbitmq_url, {}, {},
                                  {config.bus.prefix, installation});
  }
  if (kind == Kind::redis || (kind == Kind::automatic && redis)) {
    return bus::make_redis_bus(config.redis.url.reveal(), {}, {},
                               {config.redis.prefix, installation});
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<bus::Bus> make_bus(const config::Config& config, const std::string& installation) {
  auto bus = make_configured_bus(config, installation);
  const auto percent = static_cast<int>(unreliable_bus.value_or(0));
  return bus && percent > 0 ? bus::make_fault_injecting_bus(std::move(bus), percent)
                            : std::move(bus);
}

}  // namespace feedctl::app
