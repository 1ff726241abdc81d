#pragma once
// The bus: tells workers which slots have new events. The event log holds the events, so the bus
// may lose, repeat or reorder messages, or be wiped: events are only later, since workers also poll
// the log. With `bus.kind: postgres` there is no bus.
//
// Thread-safe. Publishing and receiving each have a connection and a lock of their own: one
// publishing and one receiving thread never wait for each other. A bus connects at first use,
// reconnects with jittered back-off, and recreates a deleted group, queue or exchange. All waits
// are bounded (Timing). A server that has become a replica, or whose names another installation
// uses, counts as unavailable.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::bus {

// `body` is for people; workers never act on it.
struct Message {
  int slot = 0;
  std::string body;
  std::string handle;  // what acknowledge() needs
};

class Bus {
 public:
  virtual ~Bus() = default;

  // Returns after the server's confirmation. Error(unavailable) if the server cannot be reached or
  // does not confirm in time; it may have stored the message anyway.
  virtual void publish(int slot, std::string_view body) = 0;
  // To the stream or exchange of dead letters.
  virtual void publish_dead(std::string_view body) = 0;

  // Messages of these slots, which this process owns. Waits up to `timeout` for the first; may
  // return none. Messages that an earlier owner did not acknowledge come again. Error(unavailable)
  // if the server cannot be reached, thrown only after `timeout`: a calling loop does not spin.
  virtual std::vector<Message> receive(const std::vector<int>& slots,
                                       std::chrono::milliseconds timeout) = 0;
  // Skips messages of a connection that broke since: they come again.
  virtual void acknowledge(const std::vector<Message>& messages) = 0;

  struct Backlog {
    std::int64_t waiting = 0;
    // RabbitMQ: of this process. Redis: of all processes.
    std::int64_t unacknowledged = 0;
    std::int64_t dead = 0;
  };
  // Over all slots. Error(unavailable) as above.
  virtual Backlog backlog() = 0;

  virtual const char* name() const = 0;  // "redis", "rabbitmq"
};

struct Timing {
  // For connecting, for the login and for one reply. A call takes at most three times as long;
  // receive() that much longer than its timeout.
  std::chrono::milliseconds timeout{1000};
  // The upper bound of the jittered pause between reconnects.
  std::chrono::milliseconds backoff{2000};
  // A message without acknowledgement comes again after this time (Redis; RabbitMQ returns it when
  // its receiver's connection ends).
  std::chrono::milliseconds claim_after{30'000};
};

// Upper bounds of stored messages; beyond them the oldest go first.
struct Limits {
  int slots = 16;
  std::int64_t messages = 10'000;  // in each slot
  std::int64_t dead = 10'000;
};

}  // namespace feedctl::bus
