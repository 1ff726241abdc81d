#include "feedctl/work/carrier.hpp"

#include <iterator>

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "bus/unreliable.hpp"

namespace feedctl::app {

namespace {

constexpr std::size_t most_unacknowledged = 1000;  // a slot; beyond it the oldest come again

std::string body_of(int slot, const std::vector<const events::Event*>& events) {
  std::string body;
  json::Writer writer(body);
  writer.open_object().integer("slot", slot).key("events").open_array();
  for (const auto* event : events) writer.raw(events::to_json(*event));
  writer.close_array().close_object();
  return body;
}

}  // namespace

namespace {

std::unique_ptr<bus::Bus> honest_bus(const config::Config& config,
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
  auto bus = honest_bus(config, installation);
  const auto percent = static_cast<int>(failpoint::value_of("bus.unreliable"));
  return bus && percent > 0 ? bus::make_unreliable(std::move(bus), percent) : std::move(bus);
}

void Carrier::publish(std::span<const events::Event> events) {
  std::map<int, std::vector<const events::Event*>> by_slot;
  for (const auto& event : events) by_slot[events::slot_of(event.shard)].push_back(&event);
  // One slot's failure is no other's: its owner looks by itself, once a second.
  for (const auto& [slot, news] : by_slot) {
    try {
      bus_.publish(slot, body_of(slot, news));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable) throw;
      log::debug("could not tell a slot's news", {{"slot", slot}, {"error", error.what()}});
    }
  }
}

std::vector<int> Carrier::wait(const std::vector<int>& owned, std::chrono::milliseconds patience) {
  acknowledge();
  auto messages = bus_.receive(owned, patience);
  std::vector<int> slots;
  const std::lock_guard lock(mutex_);
  for (auto& message : messages) {
    slots.push_back(message.slot);
    auto& kept = received_[message.slot];
    if (kept.size() < most_unacknowledged) kept.push_back(std::move(message));
  }
  return slots;
}

void Carrier::passed(int slot) {
  const std::lock_guard lock(mutex_);
  auto& messages = received_[slot];
  std::move(messages.begin(), messages.end(), std::back_inserter(passed_));
  messages.clear();
}

void Carrier::acknowledge() {
  std::vector<bus::Message> messages;
  {
    const std::lock_guard lock(mutex_);
    messages.swap(passed_);
  }
  if (messages.empty()) return;
  try {
    bus_.acknowledge(messages);
  } catch (const std::exception& error) {
    // They come again, and are then found to be done.
    log::debug("could not acknowledge messages", {{"error", error.what()}});
  }
}

}  // namespace feedctl::app
