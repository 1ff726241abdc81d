#include "bus/amqp_queues.hpp"

namespace feedctl::bus {

namespace {

const char* const events_exchange = "feedctl.events";
const char* const dead_exchange = "feedctl.dead";
const char* const undelivered_key = "undelivered";
constexpr std::int64_t undelivered_kept = 1000;

}  // namespace

AmqpQueue describe_queue(int queue, const Limits& limits) {
  if (queue == dead_queue) return {dead_exchange, dead_exchange, "event", limits.dead, "", ""};
  if (queue == undelivered_queue) {
    return {"feedctl.undelivered", dead_exchange, undelivered_key, undelivered_kept, "", ""};
  }
  const auto slot = std::to_string(queue);
  return {events_exchange + ("." + slot),
          events_exchange,
          slot,
          limits.messages,
          dead_exchange,
          undelivered_key};
}

std::int64_t declare_queue(AmqpConnection& amqp, int queue, const Limits& limits) {
  const auto description = describe_queue(queue, limits);
  amqp.declare_exchange(description.exchange);
  return amqp.declare_queue(description);
}

}  // namespace feedctl::bus
