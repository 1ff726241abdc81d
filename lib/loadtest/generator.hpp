#pragma once
// One thread of the load generator: an epoll loop over keep-alive connections, each with at most
// one request in flight.
//
// In the open model requests are due at the times of the schedule, also while this thread or the
// server is late: those that find no free connection wait in a bounded queue, and their latency
// counts from the time at which they were due. In the closed model a connection sends its next
// request once it has the answer. The steady state allocates nothing.
//
// The caller owns what the constructor takes. One thread.
#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "http_client/socket_address.hpp"
#include "loadtest/arrival_queue.hpp"
#include "loadtest/arrival_schedule.hpp"
#include "loadtest/recorder.hpp"
#include "loadtest/request_source.hpp"
#include "loadtest/response_parser.hpp"

namespace feedctl::loadtest {

struct GeneratorOptions {
  http_client::SocketAddress address;
  bool is_closed = false;
  std::size_t connections = 1;  // at most
  std::size_t max_waiting = 1;  // arrivals without a connection
  std::size_t max_response = 0;
  Clock::duration timeout{};
  Clock::time_point start, measured_from, end;
};

class Generator {
 public:
  Generator(const GeneratorOptions& options, ArrivalCursor arrivals, RequestSource& source,
            Recorder& recorder);

  // Returns once every request has its answer, or `timeout` after the end of the schedule. Once
  // `should_stop` is set nothing more becomes due, and answers may take two seconds at most.
  void run(const std::atomic<bool>& should_stop);
  // Processor time of run() within the measured time.
  std::chrono::nanoseconds cpu_time() const { return cpu_end_ - cpu_begin_; }

 private:
  struct Connection {
    enum class State : std::uint8_t { closed, connecting, idle, busy };
    Connection(std::uint32_t number, std::size_t max_body) : index(number), parser(max_body) {}

    const std::uint32_t index;
    std::uint32_t generation = 0;  // tells late events of an earlier socket
    UniqueFd fd;
    State state = State::closed;
    bool has_request = false, is_retry = false;
    bool is_hung_up = false;    // the peer sends nothing more
    std::uint64_t answers = 0;  // of this socket
    PlannedRequest request;
    std::size_t written = 0;
    Clock::time_point intended, sent, deadline;
    ResponseParser parser;
    std::string received;  // of an answer that did not come at once
  };

  // -- generator.cpp: what is due, and when
  void admit_arrivals(Clock::time_point before);
  bool has_due() const;
  void dispatch();
  void open_spare_connections();
  void fail_unreachable();
  void sweep();
  void stop_arrivals();
  void sample_cpu();
  bool is_over() const;
  Clock::time_point wake_time() const;
  void wait();
  void abandon_rest();
  std::size_t in_flight() const { return busy_ + queue_.size(); }
  bool take_request(PlannedRequest& request, Clock::time_point& intended);
  void fail_next(Outcome outcome);
  void conclude(const PlannedRequest& request, Answer answer);

  // -- generator_connection.cpp: one connection
  bool open(Connection& c);
  void close(Connection& c);
  void handle(const epoll_event& event);
  void on_connected(Connection& c, bool is_hung_up);
  void on_connect_failed(Connection& c);
  void start_next(Connection& c);
  void next_or_idle(Connection& c);
  void send_request(Connection& c);
  void flush(Connection& c);
  void read_idle(Connection& c);
  void read_answer(Connection& c, bool is_hung_up);
  bool take_bytes(Connection& c, std::string_view bytes);
  void on_end_of_stream(Connection& c);
  void on_complete(Connection& c, std::size_t received);
  void on_lost(Connection& c);
  void finish(Connection& c, Outcome outcome);

  GeneratorOptions options_;
  ArrivalCursor arrivals_;
  RequestSource& source_;
  Recorder& recorder_;

  UniqueFd epoll_;
  Clock::time_point now_;
  std::optional<Clock::time_point> next_arrival_;
  ArrivalQueue queue_;
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> idle_, free_;  // indices; the last one is used first
  std::size_t busy_ = 0;                    // have a request
  std::size_t connecting_ = 0;              // have none and are not connected yet
  int failed_connects_ = 0;                 // in a row
  Clock::time_point reconnect_at_{}, source_retry_at_{}, next_sweep_{}, drain_until_{};
  bool is_stopped_ = false, was_cpu_begun_ = false, was_cpu_ended_ = false;
  std::chrono::nanoseconds cpu_begin_{}, cpu_end_{};
  PlannedRequest failed_request_;
  std::vector<char> buffer_;
  std::array<epoll_event, 256> events_;
};

}  // namespace feedctl::loadtest
