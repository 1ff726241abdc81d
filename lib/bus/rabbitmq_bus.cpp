// RabbitMQ: one quorum queue a slot behind a direct exchange, confirmed and mandatory publishing, a
// consumer for each owned slot. Publishing and receiving each have a connection. A queue that fails
// is left aside by both until it is well again, so that it holds up no other.
#include <atomic>
#include <csignal>
#include <map>
#include <mutex>
#include <set>

#include "base/log.hpp"
#include "base/seldom.hpp"
#include "bus/bus.hpp"
#include "bus/counts.hpp"
#include "bus/pace.hpp"
#include "bus/quarantine.hpp"

namespace feedctl::bus {
namespace {

using std::chrono::milliseconds;
using Confirm = AmqpConnection::Confirm;

constexpr int prefetched = 16;        // of each slot
constexpr std::size_t at_once = 256;  // messages of one receive()
constexpr milliseconds glance{100};   // how often a slot in quarantine is asked for

constexpr std::chrono::seconds claim_interval{5};

constexpr const char* foreign_remedy =
    "give this one a vhost of its own or a bus.prefix, such as other.; where that installation is "
    "gone, delete the exchange feedctl.installation";

// Exchanges and queues, as far as this connection has made sure of them.
class Topology {
 public:
  Topology(const AmqpPlan& plan, Quarantine& quarantine) : plan_(plan), quarantine_(quarantine) {}

  void forget() { known_.clear(); }

  // The queue, and those that its messages may go on to.
  void need(AmqpConnection& amqp, int queue) {
    for (const int one : {undelivered_queue, dead_queue, queue}) {
      const bool aside = one != queue && quarantine_.has(one);
      if (known_.count(one) == 0 && !aside) declare(amqp, one);
    }
  }
  // How many messages wait there.
  std::int64_t declare(AmqpConnection& amqp, int queue) {
    const auto waiting =
        quarantine_.watch(queue, [&] { return declare_queue(amqp, queue, plan_); });
    known_.insert(queue);
    return waiting;
  }

 private:
  const AmqpPlan& plan_;
  Quarantine& quarantine_;
  std::set<int> known_;
};

// One connection, made at first use and again after it broke. Used by one thread at a time.
class Link {
 public:
  // What is referred to must outlive it.
  Link(const AmqpAddress& address, const Timing& timing, const AmqpPlan& plan, Counts& counts,
       const char* purpose)
      : address_(address), plan_(plan), counts_(counts), purpose_(purpose), pace_(timing.backoff) {}

  // Error(unavailable) where it cannot be done. Work must bear being run again: once, on a new
  // connection, where an idle one turned out to be closed.
  template <typename Work>
  void run(const Deadline& deadline, const Work& work) {
    try {
      run_twice(deadline, work);
    } catch (const Error&) {
      throw;  // the broker's word on what was asked, or there is no connection
    } catch (...) {
      connection_.reset();  // a confirm or a delivery may be under way that nobody waits for
      throw;
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
  void run_twice(const Deadline& deadline, const Work& work) {
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
    if (pace_.wait().count() > 0) refuse("waiting before the next attempt after: " + why_);
    connection_ = std::make_unique<AmqpConnection>(address_, deadline, purpose_);
    claim_names(*connection_, plan_);
    ++generation_;
  }

  [[noreturn]] void give_up(const AmqpDown& down) {
    pace_.failed();
    if (down.kind() == AmqpDown::Kind::foreign && told_.due(down.what())) {
      log::warning("the bus' rabbitmq cannot be used",
                   {{"error", down.what()}, {"remedy", foreign_remedy}});
    }
    refuse(why_ = down.what());
  }

  const AmqpAddress& address_;
  const AmqpPlan& plan_;
  Counts& counts_;
  const char* purpose_;
  Pace pace_;
  std::string why_;  // of the last failure
  Seldom told_{std::chrono::seconds{60}};
  std::unique_ptr<AmqpConnection> connection_;
  std::int64_t generation_ = 0;
};

class RabbitmqBus : public Bus {
 public:
  RabbitmqBus(const Secret<std::string>& url, const Timing& timing, AmqpPlan plan)
      : address_(parse_amqp_url(url)), timing_(timing), plan_(std::move(plan)) {}

  void publish(int slot, std::string_view body) override { send(slot, body); }
  void publish_dead(std::string_view body) override { send(dead_queue, body); }

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
      claim_names(amqp, plan_);  // asked now and then, so now is when another one is noticed
      for (int slot = 0; slot < plan_.limits.slots; ++slot) sum.waiting += count(amqp, slot);
      sum.dead = count(amqp, dead_queue);
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

  std::int64_t count(AmqpConnection& amqp, int queue) {
    return quarantine_.has(queue) ? 0 : publishers_.declare(amqp, queue);
  }

  void send(int queue, std::string_view body) {
    const std::lock_guard lock(publishing_);
    if (quarantine_.has(queue)) publisher_.refuse("its queue does not answer");
    run_publisher([&](AmqpConnection& amqp) {
      auto confirm = offer(amqp, queue, body);
      if (confirm == Confirm::returned) {  // it has no queue any more: that is made again, once
        publishers_.forget();
        confirm = offer(amqp, queue, body);
      }
      if (confirm == Confirm::taken) return;
      quarantine_.add(queue, "a message was not taken");
      publisher_.refuse("a message was not taken");
    });
    counts_.published.add();
  }

  Confirm offer(AmqpConnection& amqp, int queue, std::string_view body) {
    publishers_.need(amqp, queue);
    const auto to = describe_queue(queue, plan_);
    return quarantine_.watch(queue, [&] { return amqp.publish(to.exchange, to.key, body); });
  }

  std::vector<Message> take(const std::vector<int>& slots, const Deadline& deadline) {
    std::vector<Message> out;
    receiver_.run(bound(), [&](AmqpConnection& amqp) {
      renew(amqp);
      claim_again(amqp);
      out.clear();
      for (bool more = true; more && out.size() < at_once;) {
        const bool whole = own(amqp, slots);
        auto arrival = amqp.next(out.empty() ? (whole ? deadline : soon(deadline)) : past());
        more = arrival || (out.empty() && !deadline.over());
        if (arrival) note(amqp, std::move(*arrival), out);
      }
    });
    unacknowledged_ = static_cast<std::int64_t>(held_.size());
    return out;
  }

  static Deadline past() { return Deadline::after(milliseconds{0}); }
  static Deadline soon(const Deadline& deadline) {
    return Deadline::after(std::min(deadline.left(), glance));
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

  // Who only receives notices, too, that another installation has taken the names.
  void claim_again(AmqpConnection& amqp) {
    if (Deadline::Clock::now() < next_claim_) return;
    claim_names(amqp, plan_);
    next_claim_ = Deadline::Clock::now() + claim_interval;
  }

  // False where slots are left out, since their queues are in quarantine.
  bool own(AmqpConnection& amqp, const std::vector<int>& slots) {
    const std::set<int> wanted(slots.begin(), slots.end());
    amqp.limit(bound());
    leave_but(amqp, wanted);
    for (const int slot : wanted) {
      if (subscribed_.count(slot) == 0 && !quarantine_.has(slot)) join(amqp, slot);
    }
    return wanted.size() == subscribed_.size();
  }

  // What has long been silent is left, too: a subscription does not always notice that its queue
  // was made anew.
  void leave_but(AmqpConnection& amqp, const std::set<int>& wanted) {
    const auto silent_since = Deadline::Clock::now() - timing_.claim_after;
    for (auto it = subscribed_.begin(); it != subscribed_.end();) {
      const auto [slot, heard] = *it;
      const bool stays = wanted.count(slot) > 0 && heard > silent_since;
      it = stays ? std::next(it) : subscribed_.erase(it);
      if (!stays) leave(amqp, slot);
    }
  }

  void join(AmqpConnection& amqp, int slot) {
    receivers_.need(amqp, slot);
    quarantine_.watch(
        slot, [&] { amqp.subscribe(describe_queue(slot, plan_).name, std::to_string(slot)); });
    subscribed_[slot] = Deadline::Clock::now();
  }

  // The next owner gets what this one has not acknowledged.
  void leave(AmqpConnection& amqp, int slot) {
    quarantine_.watch(slot, [&] { amqp.unsubscribe(std::to_string(slot)); });
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
    subscribed_[slot] = Deadline::Clock::now();
    held_[arrival.tag] = slot;
    out.push_back({slot, std::move(arrival.body),
                   std::to_string(receiver_.generation()) + ":" + std::to_string(arrival.tag)});
  }

  const AmqpAddress address_;
  const Timing timing_;
  const AmqpPlan plan_;
  Counts counts_{"rabbitmq"};
  Quarantine quarantine_{address_, timing_, plan_};

  std::mutex publishing_;
  Link publisher_{address_, timing_, plan_, counts_, "publish"};
  Topology publishers_{plan_, quarantine_};
  std::int64_t publisher_generation_ = 0;

  std::mutex receiving_;
  Link receiver_{address_, timing_, plan_, counts_, "receive"};
  Topology receivers_{plan_, quarantine_};
  std::int64_t receiver_generation_ = 0;
  Deadline::Clock::time_point next_claim_{};
  std::map<int, Deadline::Clock::time_point> subscribed_;  // slots, and when they were last heard
  std::map<std::uint64_t, int> held_;                      // slots of messages by their tag
  std::atomic<std::int64_t> unacknowledged_{0};
};

}  // namespace

std::unique_ptr<Bus> make_rabbitmq_bus(const Secret<std::string>& url, const Timing& timing,
                                       const Limits& limits, const cache::Tenancy& tenancy) {
  std::signal(SIGPIPE, SIG_IGN);
  return std::make_unique<RabbitmqBus>(url, timing, AmqpPlan{limits, tenancy});
}

}  // namespace feedctl::bus
