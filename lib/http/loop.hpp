#pragma once
// An event loop: one thread, one epoll, the connections it was given. It reads and frames requests,
// hands them to the pool, writes the answers and enforces the deadlines. The first loop accepts and
// deals connections out in turn. adopt, complete, ring and order may be called from any thread.
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http/connection.hpp"
#include "http/event_stream.hpp"
#include "http/exchange.hpp"
#include "http/front.hpp"
#include "http/listener.hpp"

namespace feedctl::http {

class Loop {
 public:
  // `listener` is null for all loops but the first.
  Loop(Front& front, std::unique_ptr<Listener> listener);
  ~Loop();

  void start();
  void join();

  void adopt(Accepted accepted);
  void complete(std::unique_ptr<Exchange> exchange);
  void ring(std::shared_ptr<EventStream> stream);  // it has something to send
  enum class Order { drain, cut, stop, pulse };
  void order(Order order);
  std::uint64_t pulses() const { return pulses_; }  // orders to show life that it has obeyed

 private:
  struct Inbox {
    std::vector<Accepted> accepted;
    std::vector<std::unique_ptr<Exchange>> completed;
    std::vector<Order> orders;
    std::vector<std::shared_ptr<EventStream>> rung;
    bool empty() const {
      return accepted.empty() && completed.empty() && orders.empty() && rung.empty();
    }
  };

  void run();
  int wait_time() const;
  void wait();
  void wake_locked(std::unique_lock<std::mutex>& lock);
  void take_inbox();
  void obey(Order order);
  void accept();
  void open(Accepted accepted);

  void on_event(Connection& c, std::uint32_t events);
  void advance(Connection& c);
  bool read_some(Connection& c);
  void consume(Connection& c, std::string_view data, bool from_pending);
  void keep_rest(Connection& c, std::string_view data, std::size_t used, bool from_pending);
  std::size_t answer_from_memory(Connection& c, std::string_view data);
  bool framed_from_memory(Connection& c, Exchange& exchange);
  void on_framed(Connection& c);
  void hand_over(Connection& c);
  void answer_here(Connection& c, Exchange& exchange);
  void rescue(Connection& c);
  void submit();
  void shed(std::unique_ptr<Exchange> exchange, Admission::Verdict why);
  void give_back(std::unique_ptr<Exchange> exchange);
  void say_continue(Connection& c);
  void discard(Connection& c);

  void begin_stream(std::unique_ptr<Exchange> exchange);
  void rung(const std::shared_ptr<EventStream>& stream);
  void pump(Connection& c);
  void went_out(Connection& c, std::size_t bytes);
  void listen_to(Connection& c);
  void stream_due(Connection& c);
  void drop_slow(Connection& c);
  void finish_stream(Connection& c);
  void end_stream(Connection& c);

  void refuse(Connection& c, const Refusal& refusal);
  void answer(Connection& c, std::string bytes, Connection::After after, std::size_t sent = 0);
  void send_batch(Connection& c);
  void flush(Connection& c);
  void answered(Connection& c);
  void linger(Connection& c);
  void close(Connection& c);
  void bury(Connection& c);

  void rest(Connection& c);
  bool may_hold(Connection& c);
  void set_deadline(Connection& c, Clock::time_point at);
  void fire_timers();
  void expire(Connection& c);

  Front& front_;
  const Limits& limits_;
  std::unique_ptr<Listener> listener_;
  int epoll_ = -1;
  int wake_ = -1;
  Clock::time_point now_ = Clock::now();
  bool stopping_ = false;
  std::atomic<std::uint64_t> pulses_{0};
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> gone_;  // freed at the end of the round
  std::vector<Connection*> again_;
  std::vector<std::unique_ptr<Exchange>> jobs_;  // framed in this round
  std::set<std::pair<Clock::time_point, Connection*>> timers_;
  std::size_t next_loop_ = 0;
  std::vector<char> buffer_;
  std::string batch_;  // answers from memory to the requests of one read

  std::mutex mutex_;
  Inbox inbox_;
  bool asleep_ = false;
  std::thread thread_;
};

}  // namespace feedctl::http
