#pragma once
// The exchanges and queues of the bus in RabbitMQ. A queue is known by its number: that of its
// slot, or one of the two below.
#include <set>
#include <string>

#include "bus/amqp_connection.hpp"
#include "bus/bus.hpp"

namespace feedctl::bus {

inline constexpr int dead_queue = -1;         // copies of dead events
inline constexpr int undelivered_queue = -2;  // what the slots' queues dropped

// What the queues of one bus have in common.
struct AmqpPlan {
  Limits limits;
  cache::Tenancy tenancy;
};

// Name, exchange and key say where its messages go.
AmqpQueue describe_queue(int queue, const AmqpPlan& plan);

// Makes the queue and its exchange where they are missing; how many messages wait in it.
std::int64_t declare_queue(AmqpConnection& amqp, int queue, const AmqpPlan& plan);

// AmqpDown(foreign) where another installation uses these names. To be called over each connection
// before anything is made, used or deleted.
void claim_names(AmqpConnection& amqp, const AmqpPlan& plan);

}  // namespace feedctl::bus
