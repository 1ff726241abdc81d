#pragma once
// The repair of queues that do not answer while their broker does. A quorum queue can lose its
// leader, most easily if the broker is killed seconds after the queue was made. Then it takes no
// message and no subscriber, and each attempt costs a time-out and the connection. All others skip
// such a queue. A thread with a connection of its own probes it, and recreates it if it stays
// silent: a message only says that a slot has news, so nothing is lost. A queue that the broker
// refuses by its rules is never deleted.
//
// Thread-safe. The thread starts with the first suspect; the destructor waits for it, three
// time-outs at most. Nothing here throws.
#include <map>
#include <memory>
#include <string>

#include "bus/amqp_queues.hpp"
#include "concurrent/worker_thread.hpp"

namespace feedctl::bus {

class QueueRepair {
 public:
  // What is referred to must outlive it.
  QueueRepair(const AmqpAddress& address, const Timing& timing, const AmqpQueueSettings& settings)
      : address_(address), timing_(timing), settings_(settings) {}

  bool is_suspect(int queue) const;
  void add_suspect(int queue, const std::string& why);

  // Adds the queue if `work` fails by another cause than the end of the connection.
  template <typename Work>
  auto run_watched(int queue, Work&& work) {
    try {
      return work();
    } catch (const AmqpConnectionError& down) {
      if (down.kind() != AmqpConnectionError::Kind::broken) add_suspect(queue, down.what());
      throw;
    }
  }

 private:
  struct SuspectQueue {
    Deadline::Clock::time_point suspect_since;
    int failures = 0;
  };
  enum class QueueState { healthy, unresponsive, refused, unknown };

  void run();
  void repair(int queue);
  QueueState probe(int queue) const;
  bool should_recreate(int queue);  // counts a failure
  void recreate(int queue) const;
  std::unique_ptr<AmqpConnection> connect() const;

  const AmqpAddress& address_;
  const Timing& timing_;
  const AmqpQueueSettings& settings_;
  std::map<int, SuspectQueue> suspects_;
  int rounds_ = 0;  // since the last suspect was added
  concurrent::WorkerThread thread_;
};

}  // namespace feedctl::bus
