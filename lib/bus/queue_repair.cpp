#include "bus/queue_repair.hpp"

#include <vector>

#include "base/backoff.hpp"
#include "base/log.hpp"

namespace feedctl::bus {

namespace {

using std::chrono::milliseconds;

// A queue also fails for a moment while it elects a leader or the disk is slow.
constexpr int min_failures_to_recreate = 2;
constexpr int min_timeouts_to_recreate = 5;

}  // namespace

bool QueueRepair::is_suspect(int queue) const {
  const auto lock = thread_.lock();
  return suspects_.count(queue) > 0;
}

void QueueRepair::add_suspect(int queue, const std::string& why) {
  const auto lock = thread_.lock();
  if (!suspects_.try_emplace(queue, SuspectQueue{Deadline::Clock::now()}).second) return;
  log::warning("a queue does not answer",
               {{"queue", describe_queue(queue, settings_).name}, {"why", why}});
  rounds_ = 0;
  thread_.start(lock, [this] { run(); });
  thread_.wake();
}

void QueueRepair::run() {
  auto lock = thread_.lock();
  while (thread_.wait(lock, [this] { return !suspects_.empty(); })) {
    std::vector<int> queues;
    for (const auto& entry : suspects_) queues.push_back(entry.first);
    for (const int queue : queues) {
      if (thread_.is_stopping(lock)) return;
      lock.unlock();
      repair(queue);
      lock.lock();
    }
    const auto pause = full_jitter(rounds_++, milliseconds{50}, timing_.backoff);
    thread_.sleep_for(lock, milliseconds{20} + pause);
  }
}

void QueueRepair::repair(int queue) {
  const auto queue_state = probe(queue);
  if (queue_state == QueueState::healthy) {
    const auto lock = thread_.lock();
    suspects_.erase(queue);
    log::info("a queue answers again", {{"queue", describe_queue(queue, settings_).name}});
  } else if (queue_state == QueueState::unresponsive && should_recreate(queue)) {
    recreate(queue);
  }
}

// Neither probes nor deletes the queues of another installation.
std::unique_ptr<AmqpConnection> QueueRepair::connect() const {
  auto amqp =
      std::make_unique<AmqpConnection>(address_, Deadline::after(timing_.timeout * 3), "repair");
  claim_names(*amqp, settings_);
  return amqp;
}

// Subscribes, since that needs the queue's leader, as publishing does, and changes nothing.
QueueRepair::QueueState QueueRepair::probe(int queue) const {
  try {
    const auto connection = connect();
    auto& amqp = *connection;
    const auto description = describe_queue(queue, settings_);
    amqp.declare_exchange(description.exchange);
    try {
      amqp.set_deadline(Deadline::after(timing_.timeout * 2));
      declare_queue(amqp, queue, settings_);
      amqp.set_prefetch(1);
      amqp.subscribe(description.name, "examine");
      return QueueState::healthy;
    } catch (const AmqpConnectionError& down) {
      return down.kind() == AmqpConnectionError::Kind::refused ? QueueState::refused
                                                               : QueueState::unresponsive;
    }
  } catch (const AmqpConnectionError&) {
    return QueueState::unknown;  // the broker is unreachable
  }
}

bool QueueRepair::should_recreate(int queue) {
  const auto lock = thread_.lock();
  auto& suspect = suspects_[queue];
  return ++suspect.failures >= min_failures_to_recreate &&
         Deadline::Clock::now() - suspect.suspect_since >=
             timing_.timeout * min_timeouts_to_recreate;
}

// If the deletion takes longer than the time-out, the broker completes it.
void QueueRepair::recreate(int queue) const {
  const auto name = describe_queue(queue, settings_).name;
  log::warning("recreating a queue that does not answer", {{"queue", name}});
  try {
    connect()->delete_queue(name);
  } catch (const AmqpConnectionError& down) {
    log::debug("a queue is not deleted yet", {{"queue", name}, {"why", down.what()}});
  }
}

}  // namespace feedctl::bus
