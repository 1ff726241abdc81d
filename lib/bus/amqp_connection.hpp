#pragma once
// One connection to RabbitMQ with one channel, over librabbitmq. Every call ends by the deadline of
// set_deadline(). One thread at a time. After an AmqpConnectionError it is broken for good.
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "bus/amqp_url.hpp"

struct amqp_connection_state_t_;
struct amqp_method_t_;
struct amqp_table_t_;

namespace feedctl::bus {

// The connection failed; `kind` tells why.
class AmqpConnectionError : public std::runtime_error {
 public:
  enum class Kind {
    broken,     // the connection itself is gone
    timed_out,  // no answer in time
    refused,    // by the server's rules: a retry does not help
    failed,     // the server reports a failure
    foreign,    // another installation uses these names
  };
  AmqpConnectionError(Kind kind, const std::string& why) : std::runtime_error(why), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// A quorum queue (replicated and kept on disk) and its binding.
struct AmqpQueue {
  std::string name;
  std::string exchange;  // the source of its messages
  std::string routing_key;
  std::int64_t max_length = 0;       // beyond it the oldest messages go first
  std::string dead_letter_exchange;  // for messages dropped or requeued too often; may be ""
  std::string dead_letter_routing_key;
};

// A message, or the notice that the server cancelled a subscription.
struct AmqpDelivery {
  bool cancelled = false;
  std::string consumer_tag;
  std::uint64_t delivery_tag = 0;
  std::string body;
};

class AmqpConnection {
 public:
  // Connects, logs in and opens the channel; `purpose` is shown by rabbitmqctl list_connections.
  AmqpConnection(const AmqpAddress& address, const Deadline& deadline, const std::string& purpose);
  AmqpConnection(const AmqpConnection&) = delete;
  AmqpConnection& operator=(const AmqpConnection&) = delete;
  ~AmqpConnection();  // closes a good connection in order
  void set_deadline(const Deadline& deadline);

  // Registers `owner` at the server under `name`. AmqpConnectionError(foreign) if another owner has
  // the name.
  void claim_name(const std::string& name, const std::string& owner);
  void declare_exchange(const std::string& name);
  // Declares and binds the queue. Returns the number of waiting messages.
  std::int64_t declare_queue(const AmqpQueue& queue);
  // With all its messages; no effect if there is no such queue.
  void delete_queue(const std::string& name);

  void enable_publisher_confirms();
  enum class Confirm { acknowledged, returned, rejected };  // returned: no queue is bound
  Confirm publish(const std::string& exchange, const std::string& key, std::string_view body);

  // At most `unacknowledged` messages are in flight to each subscription.
  void set_prefetch(int unacknowledged);
  void subscribe(const std::string& queue, const std::string& consumer_tag);
  void unsubscribe(const std::string& consumer_tag);
  // The next delivery; nullopt: none is complete by `until`. Answers heartbeats meanwhile.
  std::optional<AmqpDelivery> next_delivery(const Deadline& until);
  void acknowledge(std::uint64_t tag);
  void requeue(std::uint64_t tag);

 private:
  struct Close {
    void operator()(amqp_connection_state_t_* state) const;
  };
  struct Frame;

  void log_in(const AmqpAddress& address, const Deadline& deadline, const std::string& purpose);
  void declare_exchange(const std::string& name, const amqp_table_t_& arguments);
  void check_reply(const char* doing);
  void check(int status, const char* doing);
  bool read(Frame& frame, const Deadline& until);
  std::optional<AmqpDelivery> assemble(const Frame& frame);
  [[noreturn]] void fail(AmqpConnectionError::Kind kind, const std::string& why);
  [[noreturn]] void fail_with_reply(const amqp_method_t_& close);  // with the server's text

  std::unique_ptr<amqp_connection_state_t_, Close> state_;
  std::uint64_t published_ = 0;
  AmqpDelivery partial_delivery_;
  std::uint64_t missing_bytes_ = 0;  // of its body
  bool in_delivery_ = false;
  Deadline deadline_;
  bool broken_ = false;
};

}  // namespace feedctl::bus
