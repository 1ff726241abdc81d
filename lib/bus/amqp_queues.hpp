#pragma once
// The exchanges and queues of the bus in RabbitMQ. The number of a queue is that of its slot, or
// one of the two below.
#include <string>

#include "bus/amqp_connection.hpp"
#include "bus/bus.hpp"
#include "redis/tenancy.hpp"

namespace feedctl::bus {

inline constexpr int dead_queue = -1;         // copies of dead events
inline constexpr int undelivered_queue = -2;  // messages that the slots' queues dropped

// Common to all queues of one bus.
struct AmqpQueueSettings {
  Limits limits;
  redis::Tenancy tenancy;
};

AmqpQueue describe_queue(int queue, const AmqpQueueSettings& settings);

// Declares the queue and its exchange. Returns the number of waiting messages.
std::int64_t declare_queue(AmqpConnection& amqp, int queue, const AmqpQueueSettings& settings);

// AmqpConnectionError(foreign) if another installation uses these names. Each connection calls it
// before it declares, uses or deletes anything.
void claim_names(AmqpConnection& amqp, const AmqpQueueSettings& settings);

}  // namespace feedctl::bus
