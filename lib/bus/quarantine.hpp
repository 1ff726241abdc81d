#pragma once
// Queues that do not answer while their broker does. A quorum queue can lose its leader, most
// easily where its broker is killed in the seconds after it was made: then it takes neither message
// nor subscriber, and each attempt costs a time-out and the connection. Such a queue is left alone
// by everybody else, looked at from a thread and a connection of its own, and made anew where it
// stays silent: a message only says look, so nothing is lost with it. One that the broker refuses
// by its rules is never deleted.
//
// Thread-safe. The thread begins with the first queue; the destructor waits for it, three time-outs
// at most. Nothing here throws.
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "bus/amqp_queues.hpp"

namespace feedctl::bus {

class Quarantine {
 public:
  // What is referred to must outlive it.
  Quarantine(const AmqpAddress& address, const Timing& timing, const AmqpPlan& plan)
      : address_(address), timing_(timing), plan_(plan) {}
  ~Quarantine();
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  bool has(int queue) const;
  void add(int queue, const std::string& why);

  // Adds the queue where work at it fails by other causes than the connection's end.
  template <typename Work>
  auto watch(int queue, Work&& work) {
    try {
      return work();
    } catch (const AmqpDown& down) {
      if (down.kind() != AmqpDown::Kind::broken) add(queue, down.what());
      throw;
    }
  }

 private:
  struct Patient {
    Deadline::Clock::time_point since;
    int failures = 0;
  };
  enum class Finding { well, sick, refused, unknown };

  void run();
  void visit(int queue);
  Finding examine(int queue) const;
  bool is_beyond_hope(int queue);  // counts a failure
  void make_anew(int queue) const;
  std::unique_ptr<AmqpConnection> enter() const;

  const AmqpAddress& address_;
  const Timing& timing_;
  const AmqpPlan& plan_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, Patient> patients_;
  int rounds_ = 0;  // since the last one was added
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace feedctl::bus
