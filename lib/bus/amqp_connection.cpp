#include "bus/amqp_connection.hpp"

#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#endif
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/timeval.hpp"

namespace feedctl::bus {
namespace {

using std::chrono::milliseconds;

constexpr amqp_channel_t channel = 1;
constexpr int heartbeat_s = 30;
constexpr milliseconds close_timeout{500};
constexpr int frame_bytes = 131072;
constexpr std::uint64_t max_body_bytes = 16 << 20;
// After so many deliveries without acknowledgement a message becomes a dead letter.
constexpr std::int64_t delivery_limit = 50;

amqp_bytes_t to_amqp_bytes(std::string_view text) {
  amqp_bytes_t out;
  out.len = text.size();
  out.bytes = const_cast<char*>(text.data());
  return out;
}

std::string to_text(amqp_bytes_t from) {
  return from.len == 0 ? "" : std::string(static_cast<const char*>(from.bytes), from.len);
}

// The arguments of a method. Keys and texts are not copied and must outlive the table.
class AmqpTable {
 public:
  void add(const char* key, std::string_view text) {
    auto& value = append(key, AMQP_FIELD_KIND_UTF8);
    value.value.bytes = to_amqp_bytes(text);
  }
  void add(const char* key, std::int64_t number) {
    append(key, AMQP_FIELD_KIND_I64).value.i64 = number;
  }
  void add_true(const char* key) { append(key, AMQP_FIELD_KIND_BOOLEAN).value.boolean = 1; }
  void add(const char* key, amqp_table_t table) {
    append(key, AMQP_FIELD_KIND_TABLE).value.table = table;
  }
  amqp_table_t get() { return {static_cast<int>(entries_.size()), entries_.data()}; }

 private:
  amqp_field_value_t& append(const char* key, int kind) {
    amqp_table_entry_t entry{};
    entry.key = to_amqp_bytes(key);
    entry.value.kind = static_cast<std::uint8_t>(kind);
    entries_.push_back(entry);
    return entries_.back().value;
  }

  std::vector<amqp_table_entry_t> entries_;
};

AmqpConnectionError::Kind to_kind(int code) {
  switch (code) {
    case AMQP_CONNECTION_FORCED:
      return AmqpConnectionError::Kind::broken;  // it is shutting down
    case AMQP_ACCESS_REFUSED:
    case AMQP_RESOURCE_LOCKED:
    case AMQP_PRECONDITION_FAILED:
      return AmqpConnectionError::Kind::refused;
    default:
      return AmqpConnectionError::Kind::failed;
  }
}

template <typename Method>
AmqpConnectionError to_error(const amqp_method_t& method) {
  const auto& close = *static_cast<const Method*>(method.decoded);
  return {to_kind(close.reply_code), to_text(close.reply_text)};
}

// What the server said when it closed the channel or the connection.
AmqpConnectionError to_server_error(const amqp_method_t& method) {
  if (method.id == AMQP_CHANNEL_CLOSE_METHOD) return to_error<amqp_channel_close_t>(method);
  if (method.id == AMQP_CONNECTION_CLOSE_METHOD) return to_error<amqp_connection_close_t>(method);
  return {AmqpConnectionError::Kind::broken, "unexpected reply from the server"};
}

bool is_close(amqp_method_number_t method) {
  return method == AMQP_CHANNEL_CLOSE_METHOD || method == AMQP_CONNECTION_CLOSE_METHOD;
}

}  // namespace

struct AmqpConnection::Frame : amqp_frame_t {
  bool is(amqp_method_number_t method) const {
    return frame_type == AMQP_FRAME_METHOD && payload.method.id == method;
  }
  template <typename Method>
  const Method& as() const {
    return *static_cast<const Method*>(payload.method.decoded);
  }
};

void AmqpConnection::Close::operator()(amqp_connection_state_t_* state) const {
  amqp_destroy_connection(state);
}

AmqpConnection::AmqpConnection(const AmqpAddress& address, const Deadline& deadline,
                               const std::string& purpose)
    : state_(amqp_new_connection()), deadline_(deadline) {
  if (!state_) throw AmqpConnectionError(AmqpConnectionError::Kind::broken, "out of memory");
  auto* socket = amqp_tcp_socket_new(state_.get());
  if (socket == nullptr)
    throw AmqpConnectionError(AmqpConnectionError::Kind::broken, "out of memory");
  const auto left = to_timeval(std::max(deadline.remaining(), milliseconds{1}));
  check(amqp_socket_open_noblock(socket, address.host.c_str(), address.port, &left), "connect");
  // A stopped server reads nothing. Without this time-out a write hangs once its buffers are full.
  const auto timeout_ms =
      static_cast<int>(std::max(deadline.remaining(), milliseconds{1000}).count());
  ::setsockopt(amqp_get_sockfd(state_.get()), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms,
               sizeof timeout_ms);
  log_in(address, deadline, purpose);
}

AmqpConnection::~AmqpConnection() {
  if (broken_) return;
  const auto timeout = to_timeval(close_timeout);
  if (amqp_set_rpc_timeout(state_.get(), &timeout) != AMQP_STATUS_OK) return;
  amqp_connection_close(state_.get(), AMQP_REPLY_SUCCESS);
}

void AmqpConnection::log_in(const AmqpAddress& address, const Deadline& deadline,
                            const std::string& purpose) {
  set_deadline(deadline);
  const auto left = to_timeval(std::max(deadline.remaining(), milliseconds{1}));
  check(amqp_set_handshake_timeout(state_.get(), &left), "log in");
  const auto name = "feedctl." + purpose + " " + std::to_string(::getpid());
  AmqpTable capabilities, properties;
  capabilities.add_true("consumer_cancel_notify");
  capabilities.add_true("publisher_confirms");
  capabilities.add_true("basic.nack");
  properties.add("capabilities", capabilities.get());
  properties.add("connection_name", name);
  auto table = properties.get();
  const auto reply = amqp_login_with_properties(
      state_.get(), address.vhost.c_str(), 0, frame_bytes, heartbeat_s, &table,
      AMQP_SASL_METHOD_PLAIN, address.user.c_str(), address.password.reveal().c_str());
  // After a wrong password the server only closes the connection, so the library reports the error.
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) fail_with_reply(reply.reply);
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) check(reply.library_error, "log in");
  amqp_channel_open(state_.get(), channel);
  check_reply("open a channel");
}

void AmqpConnection::set_deadline(const Deadline& deadline) {
  deadline_ = deadline;
  const auto left = to_timeval(std::max(deadline.remaining(), milliseconds{1}));
  check(amqp_set_rpc_timeout(state_.get(), &left), "set a time-out");
}

// Declares an exchange without publishers, whose alternate exchange names the owner and need not
// exist. The broker refuses a second declaration with another alternate exchange.
void AmqpConnection::claim_name(const std::string& name, const std::string& owner) {
  const auto written = name + "." + owner;
  AmqpTable arguments;
  arguments.add("alternate-exchange", written);
  try {
    declare_exchange(name, arguments.get());
  } catch (const AmqpConnectionError& down) {
    if (down.kind() != AmqpConnectionError::Kind::refused) throw;
    const std::string said = down.what();
    if (said.rfind("PRECONDITION_FAILED", 0) != 0) throw;
    throw AmqpConnectionError(AmqpConnectionError::Kind::foreign,
                              "another installation uses these names: " + said);
  }
}

void AmqpConnection::declare_exchange(const std::string& name) {
  declare_exchange(name, amqp_empty_table);
}

void AmqpConnection::declare_exchange(const std::string& name, const amqp_table_t& arguments) {
  set_deadline(deadline_);
  amqp_exchange_declare(state_.get(), channel, to_amqp_bytes(name), to_amqp_bytes("direct"), 0, 1,
                        0, 0, arguments);
  check_reply("declare an exchange");
}

std::int64_t AmqpConnection::declare_queue(const AmqpQueue& queue) {
  set_deadline(deadline_);
  AmqpTable arguments;
  arguments.add("x-queue-type", "quorum");
  arguments.add("x-max-length", queue.max_length);
  arguments.add("x-overflow", "drop-head");
  if (!queue.dead_letter_exchange.empty()) {
    arguments.add("x-delivery-limit", delivery_limit);
    arguments.add("x-dead-letter-exchange", queue.dead_letter_exchange);
    arguments.add("x-dead-letter-routing-key", queue.dead_letter_routing_key);
  }
  const auto* declared = amqp_queue_declare(state_.get(), channel, to_amqp_bytes(queue.name), 0, 1,
                                            0, 0, arguments.get());
  check_reply("declare a queue");
  const auto count = declared == nullptr ? 0 : std::int64_t{declared->message_count};
  set_deadline(deadline_);
  amqp_queue_bind(state_.get(), channel, to_amqp_bytes(queue.name), to_amqp_bytes(queue.exchange),
                  to_amqp_bytes(queue.routing_key), amqp_empty_table);
  check_reply("bind a queue");
  return count;
}

void AmqpConnection::delete_queue(const std::string& name) {
  set_deadline(deadline_);
  amqp_queue_delete(state_.get(), channel, to_amqp_bytes(name), 0, 0);
  check_reply("delete a queue");
}

void AmqpConnection::enable_publisher_confirms() {
  amqp_confirm_select(state_.get(), channel);
  check_reply("enable publisher confirms");
}

AmqpConnection::Confirm AmqpConnection::publish(const std::string& exchange, const std::string& key,
                                                std::string_view body) {
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG;
  properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
  properties.content_type = to_amqp_bytes("application/json");
  check(amqp_basic_publish(state_.get(), channel, to_amqp_bytes(exchange), to_amqp_bytes(key), 1, 0,
                           &properties, to_amqp_bytes(body)),
        "publish");
  ++published_;
  bool returned = false;
  for (Frame frame; read(frame, deadline_);) {
    if (frame.is(AMQP_BASIC_RETURN_METHOD)) returned = true;
    if (frame.is(AMQP_BASIC_ACK_METHOD) &&
        frame.as<amqp_basic_ack_t>().delivery_tag >= published_) {
      return returned ? Confirm::returned : Confirm::acknowledged;
    }
    if (frame.is(AMQP_BASIC_NACK_METHOD)) return Confirm::rejected;
  }
  fail(AmqpConnectionError::Kind::timed_out, "no confirm in time");
}

void AmqpConnection::set_prefetch(int unacknowledged) {
  amqp_basic_qos(state_.get(), channel, 0, static_cast<std::uint16_t>(unacknowledged), 0);
  check_reply("set the prefetch limit");
}

void AmqpConnection::subscribe(const std::string& queue, const std::string& consumer_tag) {
  set_deadline(deadline_);
  amqp_basic_consume(state_.get(), channel, to_amqp_bytes(queue), to_amqp_bytes(consumer_tag), 0, 0,
                     0, amqp_empty_table);
  check_reply("subscribe");
}

void AmqpConnection::unsubscribe(const std::string& consumer_tag) {
  set_deadline(deadline_);
  amqp_basic_cancel(state_.get(), channel, to_amqp_bytes(consumer_tag));
  check_reply("unsubscribe");
}

std::optional<AmqpDelivery> AmqpConnection::next_delivery(const Deadline& until) {
  for (Frame frame; read(frame, until);) {
    if (auto delivery = assemble(frame)) return delivery;
  }
  return std::nullopt;
}

// A delivery is a method, a header and its body in pieces; half of one waits for the next call.
std::optional<AmqpDelivery> AmqpConnection::assemble(const Frame& frame) {
  if (frame.is(AMQP_BASIC_CANCEL_METHOD)) {
    return AmqpDelivery{true, to_text(frame.as<amqp_basic_cancel_t>().consumer_tag), 0, ""};
  }
  if (frame.is(AMQP_BASIC_DELIVER_METHOD)) {
    const auto& method = frame.as<amqp_basic_deliver_t>();
    partial_delivery_ = {false, to_text(method.consumer_tag), method.delivery_tag, ""};
    in_delivery_ = true;
    return std::nullopt;
  }
  if (!in_delivery_) return std::nullopt;
  if (frame.frame_type == AMQP_FRAME_HEADER) {
    missing_bytes_ = frame.payload.properties.body_size;
    if (missing_bytes_ > max_body_bytes)
      fail(AmqpConnectionError::Kind::broken, "a message is larger than feedctl sends");
  } else if (frame.frame_type == AMQP_FRAME_BODY) {
    partial_delivery_.body += to_text(frame.payload.body_fragment);
    missing_bytes_ -= std::min<std::uint64_t>(missing_bytes_, frame.payload.body_fragment.len);
  } else {
    return std::nullopt;
  }
  if (missing_bytes_ > 0) return std::nullopt;
  in_delivery_ = false;
  return std::move(partial_delivery_);
}

void AmqpConnection::acknowledge(std::uint64_t tag) {
  check(amqp_basic_ack(state_.get(), channel, tag, 0), "acknowledge");
}

void AmqpConnection::requeue(std::uint64_t tag) {
  check(amqp_basic_nack(state_.get(), channel, tag, 0, 1), "return a message to its queue");
}

// False where no frame came in time. What a frame points at is good until the next read.
bool AmqpConnection::read(Frame& frame, const Deadline& until) {
  amqp_maybe_release_buffers(state_.get());
  const auto left = to_timeval(until.remaining());
  const int status = amqp_simple_wait_frame_noblock(state_.get(), &frame, &left);
  if (status == AMQP_STATUS_TIMEOUT) return false;
  check(status, "read");
  if (frame.frame_type == AMQP_FRAME_METHOD && is_close(frame.payload.method.id)) {
    fail_with_reply(frame.payload.method);
  }
  return true;
}

void AmqpConnection::check_reply(const char* doing) {
  const auto reply = amqp_get_rpc_reply(state_.get());
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) fail_with_reply(reply.reply);
  check(reply.library_error, doing);
  fail(AmqpConnectionError::Kind::broken, std::string("cannot ") + doing);
}

void AmqpConnection::check(int status, const char* doing) {
  if (status == AMQP_STATUS_OK) return;
  const auto kind = status == AMQP_STATUS_TIMEOUT ? AmqpConnectionError::Kind::timed_out
                                                  : AmqpConnectionError::Kind::broken;
  fail(kind, std::string("cannot ") + doing + ": " + amqp_error_string2(status));
}

void AmqpConnection::fail(AmqpConnectionError::Kind kind, const std::string& why) {
  broken_ = true;
  throw AmqpConnectionError(kind, why);
}

void AmqpConnection::fail_with_reply(const amqp_method_t_& close) {
  const auto down = to_server_error(close);
  fail(down.kind(), down.what());
}

}  // namespace feedctl::bus
