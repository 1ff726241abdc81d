#include "bus/amqp_queues.hpp"

namespace feedctl::bus {

namespace {

const char* const events_exchange = "feedctl.events";
const char* const dead_exchange = "feedctl.dead";
const char* const undelivered_key = "undelivered";
constexpr std::int64_t max_undelivered = 1000;

}  // namespace

AmqpQueue describe_queue(int queue, const AmqpQueueSettings& settings) {
  const auto& prefix = settings.tenancy.prefix;
  const auto dead = prefix + dead_exchange, events = prefix + events_exchange;
  if (queue == dead_queue) return {dead, dead, "event", settings.limits.dead, "", ""};
  if (queue == undelivered_queue) {
    return {prefix + "feedctl.undelivered", dead, undelivered_key, max_undelivered, "", ""};
  }
  const auto slot = std::to_string(queue);
  return {events + "." + slot, events, slot, settings.limits.messages, dead, undelivered_key};
}

std::int64_t declare_queue(AmqpConnection& amqp, int queue, const AmqpQueueSettings& settings) {
  const auto description = describe_queue(queue, settings);
  amqp.declare_exchange(description.exchange);
  return amqp.declare_queue(description);
}

void claim_names(AmqpConnection& amqp, const AmqpQueueSettings& settings) {
  const auto& [prefix, installation] = settings.tenancy;
  if (installation.empty()) return;
  amqp.claim_name(prefix + "feedctl.installation", installation);
}

}  // namespace feedctl::bus
