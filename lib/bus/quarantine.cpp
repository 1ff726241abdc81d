#include "bus/quarantine.hpp"

#include <vector>

#include "base/backoff.hpp"
#include "base/log.hpp"

namespace feedctl::bus {

namespace {

using std::chrono::milliseconds;

// Elections of a leader take a moment, and so does a slow disk.
constexpr int failures_to_delete = 2;
constexpr int timeouts_to_delete = 5;

}  // namespace

Quarantine::~Quarantine() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Quarantine::has(int queue) const {
  const std::lock_guard lock(mutex_);
  return patients_.count(queue) > 0;
}

void Quarantine::add(int queue, const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (!patients_.try_emplace(queue, Patient{Deadline::Clock::now()}).second) return;
  log::warning("a queue does not answer",
               {{"queue", describe_queue(queue, plan_).name}, {"why", why}});
  rounds_ = 0;
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  changed_.notify_all();
}

void Quarantine::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (patients_.empty()) {
      changed_.wait(lock);
      continue;
    }
    std::vector<int> queues;
    for (const auto& entry : patients_) queues.push_back(entry.first);
    for (const int queue : queues) {
      if (stop_) return;
      lock.unlock();
      visit(queue);
      lock.lock();
    }
    const auto pause = full_jitter(rounds_++, milliseconds{50}, timing_.backoff);
    changed_.wait_for(lock, milliseconds{20} + pause, [this] { return stop_; });
  }
}

void Quarantine::visit(int queue) {
  const auto finding = examine(queue);
  if (finding == Finding::well) {
    const std::lock_guard lock(mutex_);
    patients_.erase(queue);
    log::info("a queue answers again", {{"queue", describe_queue(queue, plan_).name}});
  } else if (finding == Finding::sick && is_beyond_hope(queue)) {
    make_anew(queue);
  }
}

// What another installation uses is neither looked at nor deleted.
std::unique_ptr<AmqpConnection> Quarantine::enter() const {
  auto amqp =
      std::make_unique<AmqpConnection>(address_, Deadline::after(timing_.timeout * 3), "repair");
  claim_names(*amqp, plan_);
  return amqp;
}

// A subscription needs the queue's leader as a message does, and leaves nothing behind.
Quarantine::Finding Quarantine::examine(int queue) const {
  try {
    const auto connection = enter();
    auto& amqp = *connection;
    const auto description = describe_queue(queue, plan_);
    amqp.declare_exchange(description.exchange);
    try {
      amqp.limit(Deadline::after(timing_.timeout * 2));
      declare_queue(amqp, queue, plan_);
      amqp.prefetch(1);
      amqp.subscribe(description.name, "examine");
      return Finding::well;
    } catch (const AmqpDown& down) {
      return down.kind() == AmqpDown::Kind::refused ? Finding::refused : Finding::sick;
    }
  } catch (const AmqpDown&) {
    return Finding::unknown;  // the broker itself is away
  }
}

bool Quarantine::is_beyond_hope(int queue) {
  const std::lock_guard lock(mutex_);
  auto& patient = patients_[queue];
  return ++patient.failures >= failures_to_delete &&
         Deadline::Clock::now() - patient.since >= timing_.timeout * timeouts_to_delete;
}

// The broker goes on deleting where it takes longer than we wait.
void Quarantine::make_anew(int queue) const {
  const auto name = describe_queue(queue, plan_).name;
  log::warning("a queue that does not answer is made anew", {{"queue", name}});
  try {
    enter()->delete_queue(name);
  } catch (const AmqpDown& down) {
    log::debug("a queue is not deleted yet", {{"queue", name}, {"why", down.what()}});
  }
}

}  // namespace feedctl::bus
