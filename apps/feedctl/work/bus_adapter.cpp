#include "feedctl/work/bus_adapter.hpp"

#include <iterator>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "bus/rabbitmq_bus.hpp"
#include "bus/redis_bus.hpp"

namespace feedctl::app {

namespace {

constexpr std::size_t max_unacknowledged = 1000;  // of each slot; the bus delivers the rest again

std::string body_of(int slot, const std::vector<const events::Event*>& events) {
  std::string body;
  json::Writer writer(body);
  writer.open_object().integer("slot", slot).key("events").open_array();
  for (const auto* event : events) writer.raw(events::to_json(*event));
  writer.close_array().close_object();
  return body;
}

}  // namespace

void BusAdapter::publish(std::span<const events::Event> events) {
  std::map<int, std::vector<const events::Event*>> by_slot;
  for (const auto& event : events) by_slot[events::slot_of(event.shard)].push_back(&event);
  // A failure of one slot must not stop the others; its owner polls the log once a second anyway.
  for (const auto& [slot, slot_events] : by_slot) {
    try {
      bus_.publish(slot, body_of(slot, slot_events));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable) throw;
      log::debug("could not publish a slot's new events",
                 {{"slot", slot}, {"error", error.what()}});
    }
  }
}

std::vector<int> BusAdapter::wait(const std::vector<int>& owned,
                                  std::chrono::milliseconds timeout) {
  acknowledge();
  auto messages = bus_.receive(owned, timeout);
  std::vector<int> slots;
  const std::lock_guard lock(mutex_);
  for (auto& message : messages) {
    slots.push_back(message.slot);
    auto& received = received_[message.slot];
    if (received.size() < max_unacknowledged) received.push_back(std::move(message));
  }
  return slots;
}

void BusAdapter::mark_processed(int slot) {
  const std::lock_guard lock(mutex_);
  auto& messages = received_[slot];
  std::move(messages.begin(), messages.end(), std::back_inserter(processed_));
  messages.clear();
}

void BusAdapter::acknowledge() {
  std::vector<bus::Message> messages;
  {
    const std::lock_guard lock(mutex_);
    messages.swap(processed_);
  }
  if (messages.empty()) return;
  try {
    bus_.acknowledge(messages);
  } catch (const std::exception& error) {
    // The bus delivers them again; then they turn out to be processed.
    log::debug("could not acknowledge messages", {{"error", error.what()}});
  }
}

}  // namespace feedctl::app
