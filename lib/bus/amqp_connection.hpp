#pragma once
// One connection to RabbitMQ with one channel, over librabbitmq. Every call ends by the deadline
// that limit() sets. Used by one thread at a time; broken for good after AmqpDown.
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "base/time.hpp"

struct amqp_connection_state_t_;
struct amqp_method_t_;
struct amqp_table_t_;

namespace feedctl::bus {

// Why a connection is of no more use.
class AmqpDown : public std::runtime_error {
 public:
  enum class Kind {
    broken,   // the connection itself is gone
    silent,   // no answer in time
    refused,  // by the server's rules: asking again is no use
    failed,   // the server says that it could not
    foreign,  // another installation uses these names
  };
  AmqpDown(Kind kind, const std::string& why) : std::runtime_error(why), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

struct AmqpAddress {
  std::string host;
  int port = 5672;
  std::string user;
  Secret<std::string> password;
  std::string vhost = "/";
};

// amqp://[user[:password]@]host[:port][/vhost], with percent-encoding. Error(config) for anything
// else, without the password in its text.
AmqpAddress parse_amqp_url(const Secret<std::string>& url);

// A queue of the kind that is replicated and kept on disk.
struct AmqpQueue {
  std::string name;
  std::string exchange;  // from where its messages come
  std::string key;
  std::int64_t most = 0;  // beyond it the oldest messages go first
  std::string
      dead_exchange;  // where messages go that are dropped or come back too often; may be ""
  std::string dead_key;
};

// What arrived: a message, or the news that the server ended a subscription.
struct AmqpArrival {
  bool cancelled = false;
  std::string subscription;
  std::uint64_t tag = 0;
  std::string body;
};

class AmqpConnection {
 public:
  // Connects, enters and opens the channel; `purpose` is shown by rabbitmqctl list_connections.
  AmqpConnection(const AmqpAddress& address, const Deadline& deadline, const std::string& purpose);
  AmqpConnection(const AmqpConnection&) = delete;
  AmqpConnection& operator=(const AmqpConnection&) = delete;
  ~AmqpConnection();  // takes its leave where the connection is good
  void limit(const Deadline& deadline);

  // Leaves `owner` at the server under `name`, or AmqpDown(foreign) where another one's stands
  // there.
  void claim(const std::string& name, const std::string& owner);
  void declare_exchange(const std::string& name);
  // Where it is there already nothing changes; the number of messages that wait in it.
  std::int64_t declare_queue(const AmqpQueue& queue);
  // With all that is in it; nothing where there is none.
  void delete_queue(const std::string& name);

  void confirm_publishing();
  enum class Confirm { taken, returned, refused };  // returned: no queue is bound there
  Confirm publish(const std::string& exchange, const std::string& key, std::string_view body);

  // At most `unacknowledged` messages are under way to each subscription.
  void prefetch(int unacknowledged);
  void subscribe(const std::string& queue, const std::string& subscription);
  void unsubscribe(const std::string& subscription);
  // The next arrival, nullopt where none is complete by `until`. Answers heartbeats meanwhile.
  std::optional<AmqpArrival> next(const Deadline& until);
  void acknowledge(std::uint64_t tag);
  void give_back(std::uint64_t tag);

 private:
  struct Close {
    void operator()(amqp_connection_state_t_* state) const;
  };
  struct Frame;

  void enter(const AmqpAddress& address, const Deadline& deadline, const std::string& purpose);
  void declare_exchange(const std::string& name, const amqp_table_t_& arguments);
  void check_answer(const char* doing);
  void check(int status, const char* doing);
  bool read(Frame& frame, const Deadline& until);
  std::optional<AmqpArrival> assemble(const Frame& frame);
  [[noreturn]] void fail(AmqpDown::Kind kind, const std::string& why);
  [[noreturn]] void fail_as(const amqp_method_t_& close);  // with what the server said

  std::unique_ptr<amqp_connection_state_t_, Close> state_;
  std::uint64_t published_ = 0;
  AmqpArrival arriving_;
  std::uint64_t missing_ = 0;  // bytes of its body
  bool in_delivery_ = false;
  Deadline deadline_;
  bool broken_ = false;
};

}  // namespace feedctl::bus
