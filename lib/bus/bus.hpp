#pragma once
// What carries "look at this slot" to the workers. The message says look, the log says what: a
// carrier may lose, repeat or reorder, be flushed or wiped, and events are only later, since
// workers also look without being told. Where `bus.kind` is postgres there is no carrier.
//
// Thread-safe: publishing and receiving each have a connection and a lock of their own, so one
// publishing and one receiving thread never wait for each other. Connects at first use, reconnects
// by itself with jittered back-off, and makes again what was deleted meanwhile (group, queue,
// exchange). All waits are bounded, see Timing. A server that has become a replica, or whose names
// another installation uses, is as good as away.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "cache/tenancy.hpp"

namespace feedctl::bus {

// `body` tells people which events are new; workers never act on it.
struct Message {
  int slot = 0;
  std::string body;
  std::string handle;  // what acknowledge() needs
};

class Bus {
 public:
  virtual ~Bus() = default;

  // Returns once the carrier has confirmed. Error(unavailable) where it cannot be reached or did
  // not confirm in time; it may have taken the message all the same.
  virtual void publish(int slot, std::string_view body) = 0;
  // To the stream or exchange of dead events.
  virtual void publish_dead(std::string_view body) = 0;

  // Messages of these slots, the ones that this process owns: waits for the first one up to
  // `patience`, may return none. What an earlier owner took and did not acknowledge comes again.
  // Error(unavailable) where the carrier cannot be reached, only after `patience` has passed, so a
  // caller that asks again and again does not spin.
  virtual std::vector<Message> receive(const std::vector<int>& slots,
                                       std::chrono::milliseconds patience) = 0;
  // Messages received over a connection that broke since are left out: they come again.
  virtual void acknowledge(const std::vector<Message>& messages) = 0;

  struct Backlog {
    std::int64_t waiting = 0;
    // RabbitMQ tells only what this process holds, Redis counts everybody's.
    std::int64_t unacknowledged = 0;
    std::int64_t dead = 0;
  };
  // Over all slots. Error(unavailable) as above.
  virtual Backlog backlog() = 0;

  virtual const char* name() const = 0;  // "redis", "rabbitmq"
};

struct Timing {
  // For connecting, for entering and for one answer: what the server owes at once. A call takes at
  // most three times as long; receive() that much longer than its patience.
  std::chrono::milliseconds timeout{1000};
  // Between attempts to connect again: full jitter below this.
  std::chrono::milliseconds backoff{2000};
  // A message that nobody acknowledged for so long comes again (Redis; RabbitMQ gives it back when
  // its receiver's connection ends).
  std::chrono::milliseconds claim_after{30'000};
};

// What a carrier holds at most; beyond it the oldest messages go first.
struct Limits {
  int slots = 16;
  std::int64_t messages = 10'000;  // in each slot
  std::int64_t dead = 10'000;
};

// Error(config) for a URL that is none. Nothing is connected yet.
std::unique_ptr<Bus> make_redis_bus(const std::string& url, const Timing& timing = {},
                                    const Limits& limits = {}, const cache::Tenancy& tenancy = {});
std::unique_ptr<Bus> make_rabbitmq_bus(const Secret<std::string>& url, const Timing& timing = {},
                                       const Limits& limits = {},
                                       const cache::Tenancy& tenancy = {});

}  // namespace feedctl::bus
