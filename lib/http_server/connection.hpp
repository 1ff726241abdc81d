#pragma once
// The state of a client connection. Its event loop owns it, and only the thread of that loop uses
// it.
#include <memory>
#include <string>

#include "http_server/clock.hpp"
#include "http_server/exchange.hpp"
#include "http_server/request_parser.hpp"

namespace feedctl::http {

struct Connection {
  enum class Phase {
    reading,    // waiting for a request, or in the middle of one
    handling,   // its exchange is in flight; the loop reads nothing meanwhile
    writing,    // a response is going out
    streaming,  // an EventStream is going out
    lingering,  // the last response is out; the loop drops further input
    closed,     // the exchange is still in flight
  };
  enum class AfterResponse { keep, close, linger };

  Connection(int socket, std::string peer_address, RequestParser request_parser)
      : fd(socket), peer(std::move(peer_address)), parser(std::move(request_parser)) {}

  bool is_idle() const {
    return phase == Phase::reading && !parser.has_started() && pending_input.empty();
  }

  int fd;
  std::string peer;
  RequestParser parser;
  Phase phase = Phase::reading;
  bool readable = false;         // the socket may have unread bytes
  bool peer_closed = false;      // for writing
  bool in_ready_list = false;    // runs again in the next round
  bool inline_declined = false;  // the inline handler has no answer to the next request
  std::string pending_input;     // read, but not parsed
  std::size_t pending_input_pos = 0;
  std::string output;
  std::size_t output_pos = 0;
  std::shared_ptr<const FileBody> file;  // follows `output`
  std::size_t file_pos = 0;              // bytes of it that are sent
  Clock::time_point file_started_at;
  AfterResponse after_response = AfterResponse::keep;
  Exchange* in_flight = nullptr;  // while `handling`
  // While `lingering`.
  Clock::time_point lingers_until;
  std::size_t lingering_bytes = 0;  // that came
  // While `streaming`.
  std::unique_ptr<Exchange> stream_exchange;
  std::size_t head_bytes_left = 0;  // of `output`, before the bytes of the stream
  bool write_blocked = false;       // the socket buffer is full
  std::size_t requests_served = 0;
  std::size_t buffered_bytes = 0;   // as charged to ServerContext::buffered_bytes
  Clock::time_point first_byte_at;  // of the current request
  Clock::time_point body_started_at;
  bool body_timer_started = false;
  // While a large body comes: since when min_transfer_rate is checked, and the bytes then.
  Clock::time_point pace_checked_at;
  std::size_t pace_bytes = 0;
  Clock::time_point deadline = Clock::time_point::max();
  Clock::time_point timer_at = Clock::time_point::max();  // when the loop checks `deadline`
};

}  // namespace feedctl::http
