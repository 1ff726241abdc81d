#pragma once
// An event loop: one thread with an epoll and its connections. It reads and parses requests,
// submits them to the handler pool, writes responses and enforces deadlines. The first loop accepts
// and distributes connections in turn. adopt(), post_completion(), notify_stream(), post_control()
// and ping_count() are thread-safe; everything else runs on the loop's thread. event_loop_read.cpp,
// event_loop_write.cpp, event_loop_file.cpp and event_loop_sse.cpp have the functions that read,
// write, send files and stream.
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http/event_stream.hpp"
#include "http_server/clock.hpp"
#include "http_server/connection.hpp"
#include "http_server/exchange.hpp"
#include "http_server/listener.hpp"
#include "http_server/server_context.hpp"

namespace feedctl::http {

class EventLoop {
 public:
  // `listener` is null for all loops but the first. Throws Error(unavailable) if the process has no
  // file descriptor left.
  EventLoop(ServerContext& context, std::unique_ptr<Listener> listener);
  ~EventLoop();

  void start();
  void join();

  void adopt(AcceptedSocket accepted);  // called by the first loop
  // A handler has its response, or an asynchronous command can continue.
  void post_completion(std::unique_ptr<Exchange> exchange);
  void notify_stream(std::shared_ptr<EventStream> stream);  // it has events to send
  enum class ControlMessage { drain, close_all, stop, ping };
  void post_control(ControlMessage message);
  std::uint64_t ping_count() const { return ping_count_; }  // answered pings

 private:
  struct Inbox {
    std::vector<AcceptedSocket> accepted;
    std::vector<std::unique_ptr<Exchange>> completed;
    std::vector<ControlMessage> control_messages;
    std::vector<std::shared_ptr<EventStream>> ready_streams;
    bool is_empty() const {
      return accepted.empty() && completed.empty() && control_messages.empty() &&
             ready_streams.empty();
    }
  };

  void run();
  int poll_timeout_ms() const;
  void poll_events();
  void wake_locked(std::unique_lock<std::mutex>& lock);
  void process_inbox();
  void on_control(ControlMessage message);
  void accept();
  void open(AcceptedSocket accepted);

  void on_event(Connection& c, std::uint32_t events);
  void take_turns();
  void take_turn(Connection& c);
  void add_to_ready_list(Connection& c);
  void run_connection(Connection& c);
  bool read_some(Connection& c);
  void consume(Connection& c, std::string_view data, bool from_pending);
  void save_unconsumed(Connection& c, std::string_view data, std::size_t used, bool from_pending);
  std::size_t serve_inline_batch(Connection& c, std::string_view data);
  bool try_serve_parsed_inline(Connection& c, Exchange& exchange);
  void on_request_parsed(Connection& c);
  void dispatch_request(Connection& c);
  void handle_on_loop(Connection& c, Exchange& exchange);
  void serve_stale_on_queue_timeout(Connection& c);
  void submit_pending();
  void shed(std::unique_ptr<Exchange> exchange, AdmissionControl::Verdict verdict);
  void on_task_completed(std::unique_ptr<Exchange> exchange);
  void send_100_continue(Connection& c);
  void drain_lingering(Connection& c);

  void begin_stream(std::unique_ptr<Exchange> exchange);
  void on_stream_ready(const std::shared_ptr<EventStream>& stream);
  void flush_stream(Connection& c);
  void on_stream_sent(Connection& c, std::size_t bytes);
  void drain_stream_input(Connection& c);
  void on_stream_timer(Connection& c);
  void drop_slow_client(Connection& c);
  void finish_stream(Connection& c);
  void detach_stream(Connection& c);

  void reject(Connection& c, const Rejection& rejection);
  void send_response(Connection& c, std::string bytes, Connection::AfterResponse after,
                     std::size_t sent = 0);
  void send_batch(Connection& c);
  void begin_file(Connection& c, Exchange& exchange);
  void flush(Connection& c);
  void flush_file(Connection& c);
  void await_reader(Connection& c, bool has_progressed);
  void on_response_sent(Connection& c);
  void linger(Connection& c);
  void extend_lingering(Connection& c);
  void close(Connection& c);
  void destroy(Connection& c);

  void await_input(Connection& c);
  Clock::time_point body_due(Connection& c) const;
  bool update_buffer_charge(Connection& c);
  void set_deadline(Connection& c, Clock::time_point at);
  void fire_timers();
  void on_deadline(Connection& c);

  ServerContext& context_;
  const Limits& limits_;
  std::unique_ptr<Listener> listener_;
  int epoll_fd_ = -1;
  int wake_fd_ = -1;
  Clock::time_point now_ = Clock::now();
  bool stopping_ = false;
  std::atomic<std::uint64_t> ping_count_{0};
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::unordered_map<const EventStream*, Connection*> streams_;
  std::vector<std::unique_ptr<Connection>> pending_delete_;  // freed after each turn of run()
  std::vector<Connection*> ready_;
  std::size_t file_bytes_left_ = 0;  // of bodies that go to files, in this round
  std::vector<std::unique_ptr<Exchange>> pending_tasks_;  // requests for the handler pool
  std::set<std::pair<Clock::time_point, Connection*>> timers_;
  std::size_t next_loop_ = 0;
  std::vector<char> buffer_;
  std::string batch_;  // inline responses to the requests of one read

  std::mutex mutex_;
  Inbox inbox_;
  bool asleep_ = false;
  std::thread thread_;
};

}  // namespace feedctl::http
