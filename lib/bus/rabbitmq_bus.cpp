// RabbitMQ: one quorum queue a slot behind a direct exchange, confirmed and mandatory publishing, a
// consumer for each owned slot. Publishing and receiving each have a connection.
#include <atomic>
#include <csignal>
#include <map>
#include <mutex>
#include <set>

#include "base/log.hpp"
#include "bus/amqp_connection.hpp"
#include "bus/bus.hpp"
#include "bus/counts.hpp"
#include "bus/pace.hpp"

namespace feedctl::bus {
namespace {

using std::chrono::milliseconds;
using Confirm = AmqpConnection::Confirm;

const char* const exchange = "feedctl.events";
const char* const dead_exchange = "feedctl.dead";
const char* const dead_key = "event";
const char* const undelivered_key = "undelivered";
constexpr int prefetched = 16;        // of each slot
constexpr std::size_t at_once = 256;  // messages of one receive()
constexpr std::int64_t undelivered_kept = 1000;

std::string queue_of(int slot) {
  return "feedctl.events." + std::to_string(slot);
}

// Exchanges and queues, as far as this connection has made sure of them.
class Topology {
 public:
  explicit Topology(const Limits& limits) : limits_(limits) {}

  void forget() {
    slots_.clear();
    dead_ = false;
  }
  void forget(int slot) { slots_.erase(slot); }

  void need(AmqpConnection& amqp, int slot) {
    if (slots_.count(slot) == 0) declare(amqp, slot);
  }
  // How many messages wait there.
  std::int64_t declare(AmqpConnection& amqp, int slot) {
    need_dead(amqp);
    amqp.declare_exchange(exchange);
    const auto waiting = amqp.declare_queue({queue_of(slot), exchange, std::to_string(slot),
                                             limits_.messages, dead_exchange, undelivered_key});
    slots_.insert(slot);
    return waiting;
  }
  void need_dead(AmqpConnection& amqp) {
    if (!dead_) declare_dead(amqp);
  }
  std::int64_t declare_dead(AmqpConnection& amqp) {
    amqp.declare_exchange(dead_exchange);
    amqp.declare_queue(
        {"feedctl.undelivered", dead_exchange, undelivered_key, undelivered_kept, "", ""});
    const auto dead =
        amqp.declare_queue({dead_exchange, dead_exchange, dead_key, limits_.dead, "", ""});
    dead_ = true;
    return dead;
  }

 private:
  const Limits& limits_;
  std::set<int> slots_;
  bool dead_ = false;
};

// One connection, made at first use and again after it broke. Used by one thread at a time.
class Link {
 public:
  Link(const AmqpAddress& address, const Timing& timing, Counts& counts, const char* purpose)
      : address_(address), counts_(counts), purpose_(purpose), pace_(timing.backoff) {}

  // Error(unavailable) where it cannot be done. Work must bear being run again: once, on a new
  // connection, where an idle one turned out to be closed.
  template <typename Work>
  void run(const Deadline& deadline, const Work& work) {
    const bool idle = connection_ != nullptr;
    try {
      attempt(deadline, work);
    } catch (const AmqpDown& down) {
      connection_.reset();
      if (!idle || deadline.over()) give_up(down);
      try {
        attempt(deadline, work);
      } catch (const AmqpDown& again) {
        connection_.reset();
        give_up(again);
      }
    }
  }

  [[noreturn]] void refuse(const std::string& why) {
    counts_.errors.add();
    throw Error(ErrorCode::unavailable, "the bus' rabbitmq does not answer")
        .with_hint("look at the server of bus.rabbitmq_url; events wait in the log meanwhile")
        .with_detail(why);
  }
  const Pace& pace() const { return pace_; }
  std::int64_t generation() const { return generation_; }

 private:
  template <typename Work>
  void attempt(const Deadline& deadline, const Work& work) {
    if (connection_)
      connection_->limit(deadline);
    else
      connect(deadline);
    work(*connection_);
    // Only now: a server may let us in and refuse all else.
    if (pace_.succeeded()) log::info("the bus answers again", {{"carrier", "rabbitmq"}});
  }

  void connect(const Deadline& deadline) {
    if (pace_.wait().count() > 0) refuse("waiting before the next attempt to connect");
    connection_ = std::make_unique<AmqpConnection>(address_, deadline, purpose_);
    ++generation_;
  }

  [[noreturn]] void give_up(const AmqpDown& down) {
    pace_.failed();
    refuse(down.what());
  }

  const AmqpAddress& address_;
  Counts& counts_;
  const char* purpose_;
  Pace pace_;
  std::unique_ptr<AmqpConnection> connection_;
  std::int64_t generation_ = 0;
};

class RabbitmqBus : public Bus {
 public:
  RabbitmqBus(const Secret<std::string>& url, const Timing& timing, const Limits& limits)
      : address_(parse_amqp_url(url)), timing_(timing), limits_(limits) {}

  void publish(int slot, std::string_view body) override {
    const std::lock_guard lock(publishing_);
    const auto need = [&](AmqpConnection& amqp) { publishers_.need(amqp, slot); };
    run_publisher(
        [&](AmqpConnection& amqp) { send(amqp, exchange, std::to_string(slot), body, need); });
    counts_.published.add();
  }

  void publish_dead(std::string_view body) override {
    const std::lock_guard lock(publishing_);
    const auto need = [&](AmqpConnection& amqp) { publishers_.need_dead(amqp); };
    run_publisher([&](AmqpConnection& amqp) { send(amqp, dead_exchange, dead_key, body, need); });
    counts_.published.add();
  }

  std::vector<Message> receive(const std::vector<int>& slots, milliseconds patience) override {
    const auto deadline = Deadline::after(patience);
    const std::lock_guard lock(receiving_);
    auto messages = keep_trying(deadline, receiver_.pace(), [&] { return take(slots, deadline); });
    counts_.received.add(static_cast<double>(messages.size()));
    return messages;
  }

  void acknowledge(const std::vector<Message>& messages) override {
    const std::lock_guard lock(receiving_);
    if (!receiver_.generation()) return;
    receiver_.run(bound(), [&](AmqpConnection& amqp) {
      renew(amqp);
      const auto mine = std::to_string(receiver_.generation()) + ":";
      for (const auto& message : messages) {
        if (message.handle.rfind(mine, 0) != 0) continue;
        const auto tag = std::stoull(message.handle.substr(mine.size()));
        if (held_.erase(tag) > 0) amqp.acknowledge(tag);
      }
      unacknowledged_ = static_cast<std::int64_t>(held_.size());
    });
  }

  Backlog backlog() override {
    Backlog sum;
    const std::lock_guard lock(publishing_);
    // Nothing else tells how much waits in a queue without an account for the management plugin.
    run_publisher([&](AmqpConnection& amqp) {
      sum = {};
      for (int slot = 0; slot < limits_.slots; ++slot) {
        sum.waiting += publishers_.declare(amqp, slot);
      }
      sum.dead = publishers_.declare_dead(amqp);
    });
    sum.unacknowledged = unacknowledged_;
    return sum;
  }

  const char* name() const override { return "rabbitmq"; }

 private:
  Deadline bound() const { return Deadline::after(timing_.timeout * 3); }

  template <typename Work>
  void run_publisher(const Work& work) {
    publisher_.run(bound(), [&](AmqpConnection& amqp) {
      if (publisher_.generation() != publisher_generation_) {
        publishers_.forget();
        amqp.confirm_publishing();
        publisher_generation_ = publisher_.generation();
      }
      work(amqp);
    });
  }

  // A message that comes back has no queue any more: that is made again, once.
  template <typename Need>
  void send(AmqpConnection& amqp, const char* to, const std::string& key, std::string_view body,
            const Need& need) {
    need(amqp);
    auto confirm = amqp.publish(to, key, body);
    if (confirm == Confirm::returned) {
      publishers_.forget();
      need(amqp);
      confirm = amqp.publish(to, key, body);
    }
    if (confirm != Confirm::taken) publisher_.refuse("a message was not taken");
  }

  std::vector<Message> take(const std::vector<int>& slots, const Deadline& deadline) {
    std::vector<Message> out;
    receiver_.run(bound(), [&](AmqpConnection& amqp) {
      renew(amqp);
      out.clear();
      for (bool more = true; more && out.size() < at_once;) {
        own(amqp, slots);
        const auto until = out.empty() ? deadline : Deadline::after(milliseconds{0});
        auto arrival = amqp.next(until);
        more = arrival.has_value();
        if (more) note(amqp, std::move(*arrival), out);
      }
    });
    unacknowledged_ = static_cast<std::int64_t>(held_.size());
    return out;
  }

  // Another connection knows nothing of the earlier one's subscriptions and messages.
  void renew(AmqpConnection& amqp) {
    if (receiver_.generation() == receiver_generation_) return;
    receivers_.forget();
    subscribed_.clear();
    held_.clear();
    amqp.prefetch(prefetched);
    receiver_generation_ = receiver_.generation();
  }

  void own(AmqpConnection& amqp, const std::vector<int>& slots) {
    const std::set<int> wanted(slots.begin(), slots.end());
    if (wanted == subscribed_) return;
    amqp.limit(bound());
    for (auto it = subscribed_.begin(); it != subscribed_.end();) {
      const int slot = *it;
      it = wanted.count(slot) > 0 ? std::next(it) : subscribed_.erase(it);
      if (wanted.count(slot) == 0) leave(amqp, slot);
    }
    for (const int slot : wanted) {
      if (subscribed_.count(slot) > 0) continue;
      receivers_.need(amqp, slot);
      amqp.subscribe(queue_of(slot), std::to_string(slot));
      subscribed_.insert(slot);
    }
  }

  // The next owner gets what this one has not acknowledged.
  void leave(AmqpConnection& amqp, int slot) {
    amqp.unsubscribe(std::to_string(slot));
    for (auto it = held_.begin(); it != held_.end();) {
      if (it->second == slot) amqp.give_back(it->first);
      it = it->second == slot ? held_.erase(it) : std::next(it);
    }
  }

  void note(AmqpConnection& amqp, AmqpArrival arrival, std::vector<Message>& out) {
    const int slot = std::stoi(arrival.subscription);
    if (arrival.cancelled) {  // the queue was deleted
      subscribed_.erase(slot);
      receivers_.forget();
      return;
    }
    if (subscribed_.count(slot) == 0) {  // it was on its way when the slot was left
      amqp.give_back(arrival.tag);
      return;
    }
    held_[arrival.tag] = slot;
    out.push_back({slot, std::move(arrival.body),
                   std::to_string(receiver_.generation()) + ":" + std::to_string(arrival.tag)});
  }

  const AmqpAddress address_;
  const Timing timing_;
  const Limits limits_;
  Counts counts_{"rabbitmq"};

  std::mutex publishing_;
  Link publisher_{address_, timing_, counts_, "publish"};
  Topology publishers_{limits_};
  std::int64_t publisher_generation_ = 0;

  std::mutex receiving_;
  Link receiver_{address_, timing_, counts_, "receive"};
  Topology receivers_{limits_};
  std::int64_t receiver_generation_ = 0;
  std::set<int> subscribed_;
  std::map<std::uint64_t, int> held_;  // slots of messages by their tag
  std::atomic<std::int64_t> unacknowledged_{0};
};

}  // namespace

std::unique_ptr<Bus> make_rabbitmq_bus(const Secret<std::string>& url, const Timing& timing,
                                       const Limits& limits) {
  std::signal(SIGPIPE, SIG_IGN);
  return std::make_unique<RabbitmqBus>(url, timing, limits);
}

}  // namespace feedctl::bus
