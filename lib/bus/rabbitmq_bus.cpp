#include "bus/rabbitmq_bus.hpp"

#include <atomic>
#include <csignal>
#include <map>
#include <mutex>
#include <set>

#include "base/log.hpp"
#include "base/log_throttle.hpp"
#include "bus/bus_metrics.hpp"
#include "bus/queue_repair.hpp"
#include "bus/reconnect_backoff.hpp"

namespace feedctl::bus {
namespace {

using std::chrono::milliseconds;
using Confirm = AmqpConnection::Confirm;

constexpr int prefetch_count = 16;                  // for each slot
constexpr std::size_t max_batch = 256;              // messages of one receive()
constexpr milliseconds suspect_poll_interval{100};  // of a slot whose queue is suspect

constexpr std::chrono::seconds name_check_interval{5};

constexpr const char* foreign_remedy =
    "give this one a vhost of its own or a bus.prefix, such as other.; where that installation is "
    "gone, delete the exchange feedctl.installation";

// The exchanges and queues that this connection has declared.
class DeclaredQueues {
 public:
  DeclaredQueues(const AmqpQueueSettings& settings, QueueRepair& repair)
      : settings_(settings), repair_(repair) {}

  void reset() { declared_.clear(); }

  // The queue, and the queues of its dead letters.
  void ensure_declared(AmqpConnection& amqp, int queue) {
    for (const int one : {undelivered_queue, dead_queue, queue}) {
      const bool skip = one != queue && repair_.is_suspect(one);
      if (declared_.count(one) == 0 && !skip) declare(amqp, one);
    }
  }
  // Returns the number of waiting messages.
  std::int64_t declare(AmqpConnection& amqp, int queue) {
    const auto waiting =
        repair_.run_watched(queue, [&] { return declare_queue(amqp, queue, settings_); });
    declared_.insert(queue);
    return waiting;
  }

 private:
  const AmqpQueueSettings& settings_;
  QueueRepair& repair_;
  std::set<int> declared_;
};

// A connection that is made at first use and again after it broke. One thread at a time.
class RabbitmqClient {
 public:
  // What is referred to must outlive it.
  RabbitmqClient(const AmqpAddress& address, const Timing& timing,
                 const AmqpQueueSettings& settings, BusMetrics& metrics, const char* purpose)
      : address_(address),
        settings_(settings),
        metrics_(metrics),
        purpose_(purpose),
        backoff_(timing.backoff) {}

  // Error(unavailable) if it fails. Runs `work` a second time, on a new connection, if an idle one
  // turned out to be closed.
  template <typename Work>
  void run(const Deadline& deadline, const Work& work) {
    try {
      run_with_reconnect(deadline, work);
    } catch (const Error&) {
      throw;  // the broker's answer, or no connection
    } catch (...) {
      connection_.reset();  // a confirm or a delivery may still be in flight
      throw;
    }
  }

  [[noreturn]] void fail_unavailable(const std::string& why) {
    metrics_.errors.add();
    throw Error(ErrorCode::unavailable, "the RabbitMQ of the bus does not answer")
        .with_hint("look at the server of bus.rabbitmq_url; events wait in the log meanwhile")
        .with_detail(why);
  }
  const ReconnectBackoff& backoff() const { return backoff_; }
  std::int64_t generation() const { return generation_; }

 private:
  template <typename Work>
  void run_with_reconnect(const Deadline& deadline, const Work& work) {
    const bool idle = connection_ != nullptr;
    try {
      try_run(deadline, work);
    } catch (const AmqpConnectionError& error) {
      connection_.reset();
      if (!idle || deadline.is_expired()) on_connection_failed(error);
      try {
        try_run(deadline, work);
      } catch (const AmqpConnectionError& again) {
        connection_.reset();
        on_connection_failed(again);
      }
    }
  }

  template <typename Work>
  void try_run(const Deadline& deadline, const Work& work) {
    if (connection_)
      connection_->set_deadline(deadline);
    else
      connect(deadline);
    work(*connection_);
    // A login is no success yet: a server may accept it and refuse everything else.
    if (backoff_.on_success()) log::info("the bus answers again", {{"carrier", "rabbitmq"}});
  }

  void connect(const Deadline& deadline) {
    if (backoff_.delay().count() > 0)
      fail_unavailable("waiting before the next attempt after: " + last_error_);
    connection_ = std::make_unique<AmqpConnection>(address_, deadline, purpose_);
    claim_names(*connection_, settings_);
    ++generation_;
  }

  [[noreturn]] void on_connection_failed(const AmqpConnectionError& error) {
    backoff_.on_failure();
    if (error.kind() == AmqpConnectionError::Kind::foreign &&
        log_throttle_.should_log(error.what())) {
      log::warning("the RabbitMQ of the bus cannot be used",
                   {{"error", error.what()}, {"remedy", foreign_remedy}});
    }
    fail_unavailable(last_error_ = error.what());
  }

  const AmqpAddress& address_;
  const AmqpQueueSettings& settings_;
  BusMetrics& metrics_;
  const char* purpose_;
  ReconnectBackoff backoff_;
  std::string last_error_;  // of the last failure
  LogThrottle log_throttle_{std::chrono::seconds{60}};
  std::unique_ptr<AmqpConnection> connection_;
  std::int64_t generation_ = 0;
};

// Publishing is confirmed and mandatory; the receiver has one subscription a slot. A queue that
// fails is skipped until QueueRepair finds it healthy, so it delays no other queue.
class RabbitmqBus : public Bus {
 public:
  RabbitmqBus(const Secret<std::string>& url, const Timing& timing, AmqpQueueSettings settings)
      : address_(parse_amqp_url(url)), timing_(timing), settings_(std::move(settings)) {}

  void publish(int slot, std::string_view body) override { publish_to(slot, body); }
  void publish_dead(std::string_view body) override { publish_to(dead_queue, body); }

  std::vector<Message> receive(const std::vector<int>& slots, milliseconds timeout) override {
    const auto deadline = Deadline::after(timeout);
    const std::lock_guard lock(receive_mutex_);
    auto messages =
        retry_until(deadline, receiver_.backoff(), [&] { return receive_once(slots, deadline); });
    metrics_.received.add(static_cast<double>(messages.size()));
    return messages;
  }

  void acknowledge(const std::vector<Message>& messages) override {
    const std::lock_guard lock(receive_mutex_);
    if (!receiver_.generation()) return;
    receiver_.run(call_deadline(), [&](AmqpConnection& amqp) {
      reset_if_reconnected(amqp);
      const auto own_prefix = std::to_string(receiver_.generation()) + ":";
      for (const auto& message : messages) {
        if (message.handle.rfind(own_prefix, 0) != 0) continue;
        const auto tag = std::stoull(message.handle.substr(own_prefix.size()));
        if (unacked_slots_.erase(tag) > 0) amqp.acknowledge(tag);
      }
      unacknowledged_ = static_cast<std::int64_t>(unacked_slots_.size());
    });
  }

  Backlog backlog() override {
    Backlog sum;
    const std::lock_guard lock(publish_mutex_);
    // Only a declaration tells the number of waiting messages without the management plugin.
    run_publisher([&](AmqpConnection& amqp) {
      sum = {};
      claim_names(amqp, settings_);  // another installation may have taken the names since
      for (int slot = 0; slot < settings_.limits.slots; ++slot)
        sum.waiting += waiting_count(amqp, slot);
      sum.dead = waiting_count(amqp, dead_queue);
    });
    sum.unacknowledged = unacknowledged_;
    return sum;
  }

  const char* name() const override { return "rabbitmq"; }

 private:
  Deadline call_deadline() const { return Deadline::after(timing_.timeout * 3); }

  template <typename Work>
  void run_publisher(const Work& work) {
    publisher_.run(call_deadline(), [&](AmqpConnection& amqp) {
      if (publisher_.generation() != publisher_generation_) {
        publisher_queues_.reset();
        amqp.enable_publisher_confirms();
        publisher_generation_ = publisher_.generation();
      }
      work(amqp);
    });
  }

  std::int64_t waiting_count(AmqpConnection& amqp, int queue) {
    return repair_.is_suspect(queue) ? 0 : publisher_queues_.declare(amqp, queue);
  }

  void publish_to(int queue, std::string_view body) {
    const std::lock_guard lock(publish_mutex_);
    if (repair_.is_suspect(queue)) publisher_.fail_unavailable("its queue does not answer");
    run_publisher([&](AmqpConnection& amqp) {
      auto confirm = try_publish(amqp, queue, body);
      if (confirm == Confirm::returned) {  // its queue is gone: it is declared again, once
        publisher_queues_.reset();
        confirm = try_publish(amqp, queue, body);
      }
      if (confirm == Confirm::acknowledged) return;
      repair_.add_suspect(queue, "RabbitMQ rejected a message");
      publisher_.fail_unavailable("RabbitMQ rejected a message");
    });
    metrics_.published.add();
  }

  Confirm try_publish(AmqpConnection& amqp, int queue, std::string_view body) {
    publisher_queues_.ensure_declared(amqp, queue);
    const auto to = describe_queue(queue, settings_);
    return repair_.run_watched(queue,
                               [&] { return amqp.publish(to.exchange, to.routing_key, body); });
  }

  std::vector<Message> receive_once(const std::vector<int>& slots, const Deadline& deadline) {
    std::vector<Message> out;
    receiver_.run(call_deadline(), [&](AmqpConnection& amqp) {
      reset_if_reconnected(amqp);
      recheck_names(amqp);
      out.clear();
      for (bool more = true; more && out.size() < max_batch;) {
        const bool all_subscribed = update_subscriptions(amqp, slots);
        const auto until = !out.empty()     ? expired_deadline()
                           : all_subscribed ? deadline
                                            : suspect_poll_deadline(deadline);
        auto delivery = amqp.next_delivery(until);
        more = delivery || (out.empty() && !deadline.is_expired());
        if (delivery) on_delivery(amqp, std::move(*delivery), out);
      }
    });
    unacknowledged_ = static_cast<std::int64_t>(unacked_slots_.size());
    return out;
  }

  static Deadline expired_deadline() { return Deadline::after(milliseconds{0}); }
  static Deadline suspect_poll_deadline(const Deadline& deadline) {
    return Deadline::after(std::min(deadline.remaining(), suspect_poll_interval));
  }

  // A new connection has none of the earlier one's subscriptions and messages.
  void reset_if_reconnected(AmqpConnection& amqp) {
    if (receiver_.generation() == receiver_generation_) return;
    receiver_queues_.reset();
    subscribed_.clear();
    unacked_slots_.clear();
    amqp.set_prefetch(prefetch_count);
    receiver_generation_ = receiver_.generation();
  }

  // A receiver, too, must notice that another installation has taken the names.
  void recheck_names(AmqpConnection& amqp) {
    if (Deadline::Clock::now() < next_name_check_) return;
    claim_names(amqp, settings_);
    next_name_check_ = Deadline::Clock::now() + name_check_interval;
  }

  // False: some slots are skipped because their queues are suspect.
  bool update_subscriptions(AmqpConnection& amqp, const std::vector<int>& slots) {
    const std::set<int> wanted(slots.begin(), slots.end());
    amqp.set_deadline(call_deadline());
    unsubscribe_stale(amqp, wanted);
    for (const int slot : wanted) {
      if (subscribed_.count(slot) == 0 && !repair_.is_suspect(slot)) subscribe(amqp, slot);
    }
    return wanted.size() == subscribed_.size();
  }

  // Also ends subscriptions that are silent for long: a subscription does not always notice that
  // its queue was recreated.
  void unsubscribe_stale(AmqpConnection& amqp, const std::set<int>& wanted) {
    const auto silent_since = Deadline::Clock::now() - timing_.claim_after;
    for (auto it = subscribed_.begin(); it != subscribed_.end();) {
      const auto [slot, last_message_at] = *it;
      const bool stays = wanted.count(slot) > 0 && last_message_at > silent_since;
      it = stays ? std::next(it) : subscribed_.erase(it);
      if (!stays) unsubscribe(amqp, slot);
    }
  }

  void subscribe(AmqpConnection& amqp, int slot) {
    receiver_queues_.ensure_declared(amqp, slot);
    repair_.run_watched(
        slot, [&] { amqp.subscribe(describe_queue(slot, settings_).name, std::to_string(slot)); });
    subscribed_[slot] = Deadline::Clock::now();
  }

  // The next owner gets the messages without acknowledgement.
  void unsubscribe(AmqpConnection& amqp, int slot) {
    repair_.run_watched(slot, [&] { amqp.unsubscribe(std::to_string(slot)); });
    for (auto it = unacked_slots_.begin(); it != unacked_slots_.end();) {
      if (it->second == slot) amqp.requeue(it->first);
      it = it->second == slot ? unacked_slots_.erase(it) : std::next(it);
    }
  }

  void on_delivery(AmqpConnection& amqp, AmqpDelivery delivery, std::vector<Message>& out) {
    const int slot = std::stoi(delivery.consumer_tag);
    if (delivery.cancelled) {  // the queue was deleted
      subscribed_.erase(slot);
      receiver_queues_.reset();
      return;
    }
    if (subscribed_.count(slot) == 0) {  // sent before the slot was released
      amqp.requeue(delivery.delivery_tag);
      return;
    }
    subscribed_[slot] = Deadline::Clock::now();
    unacked_slots_[delivery.delivery_tag] = slot;
    out.push_back(
        {slot, std::move(delivery.body),
         std::to_string(receiver_.generation()) + ":" + std::to_string(delivery.delivery_tag)});
  }

  const AmqpAddress address_;
  const Timing timing_;
  const AmqpQueueSettings settings_;
  BusMetrics metrics_{"rabbitmq"};
  QueueRepair repair_{address_, timing_, settings_};

  std::mutex publish_mutex_;
  RabbitmqClient publisher_{address_, timing_, settings_, metrics_, "publish"};
  DeclaredQueues publisher_queues_{settings_, repair_};
  std::int64_t publisher_generation_ = 0;

  std::mutex receive_mutex_;
  RabbitmqClient receiver_{address_, timing_, settings_, metrics_, "receive"};
  DeclaredQueues receiver_queues_{settings_, repair_};
  std::int64_t receiver_generation_ = 0;
  Deadline::Clock::time_point next_name_check_{};
  std::map<int, Deadline::Clock::time_point>
      subscribed_;                              // slots and the times of their last messages
  std::map<std::uint64_t, int> unacked_slots_;  // by delivery tag
  std::atomic<std::int64_t> unacknowledged_{0};
};

}  // namespace

std::unique_ptr<Bus> make_rabbitmq_bus(const Secret<std::string>& url, const Timing& timing,
                                       const Limits& limits, const redis::Tenancy& tenancy) {
  std::signal(SIGPIPE, SIG_IGN);
  return std::make_unique<RabbitmqBus>(url, timing, AmqpQueueSettings{limits, tenancy});
}

}  // namespace feedctl::bus
