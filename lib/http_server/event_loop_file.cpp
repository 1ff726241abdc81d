// The part of EventLoop that sends files as the bodies of responses.
#include <algorithm>
#include <cerrno>

#include "http_server/event_loop.hpp"
#include "http_server/file_sender.hpp"
#include "http_server/time_at_rate.hpp"

namespace feedctl::http {

namespace {

constexpr std::size_t piece_size = 128 * 1024;
// A connection with a fast reader sends so much in a round; then the others have their turn.
constexpr std::size_t max_bytes_per_turn = 4 * piece_size;

}  // namespace

// Before the head of the response goes out.
void EventLoop::begin_file(Connection& c, Exchange& exchange) {
  if (!exchange.file) return;
  c.file = std::move(exchange.file);
  c.file_pos = 0;
  c.file_started_at = now_;
}

// After the output.
void EventLoop::flush_file(Connection& c) {
  const auto& body = *c.file;
  const auto start = c.file_pos;
  while (c.file_pos < body.size) {
    if (c.file_pos - start >= max_bytes_per_turn) {
      set_deadline(c, Clock::time_point::max());
      return add_to_ready_list(c);
    }
    const auto sent = send_file_piece(c.fd, body, c.file_pos, piece_size);
    if (sent >= 0) {
      c.file_pos += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return await_reader(c, c.file_pos > start);
    } else if (errno != EINTR) {
      return close(c);  // the client is gone, or the file is
    }
  }
  c.file.reset();
  on_response_sent(c);
}

// A reader may be slow, but it has to take some bytes within each write_timeout, and all of them at
// min_transfer_rate.
void EventLoop::await_reader(Connection& c, bool has_progressed) {
  if (!update_buffer_charge(c)) return close(c);
  if (!has_progressed && c.deadline != Clock::time_point::max()) return;
  const auto all_due = c.file_started_at + limits_.write_timeout +
                       time_at_rate(c.file_pos, limits_.min_transfer_rate);
  set_deadline(c, std::min(now_ + limits_.write_timeout, all_due));
}

}  // namespace feedctl::http
