#pragma once
// A response body without an end (server-sent events): a handler returns it as Response::stream,
// and publishers append bytes until it is over. Thread-safe. No call waits: it keeps what the
// client has not read, up to a bound, and the server drops a client that exceeds the bound.
//
// The connection owns the stream. Publishers hold a weak_ptr, or it never ends.
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace feedctl::http {

class EventStream : public std::enable_shared_from_this<EventStream> {
 public:
  static constexpr std::size_t default_max_unsent = std::size_t{64} * 1024;

  // `max_unsent`: bytes that the client may be behind. `attachment` ends with the stream, on an
  // event loop, so its destructor must not wait.
  explicit EventStream(std::size_t max_unsent = default_max_unsent,
                       std::shared_ptr<void> attachment = nullptr)
      : max_unsent_(max_unsent), attachment_(std::move(attachment)) {}

  // False where the stream is over, or is over now because the client is too far behind.
  bool send(std::string_view events);
  // The last bytes, after which the connection ends.
  void finish(std::string_view events);
  bool is_over() const;

  // The rest is for the server that sends the stream.
  enum class State {
    open,
    finishing,  // the pending bytes go out first
    too_slow,   // the server drops the client
    ended,
  };
  // Sets the function that tells the server about news. The stream calls it under its own mutex, at
  // most once until acknowledge(). attach() itself does not call it.
  void attach(std::function<void(std::shared_ptr<EventStream>)> notify);
  State acknowledge();
  State take_pending(std::string& out);
  void on_sent(std::size_t bytes);
  void detach();

 private:
  void notify_locked();

  const std::size_t max_unsent_;
  const std::shared_ptr<void> attachment_;
  mutable std::mutex mutex_;
  State state_ = State::open;
  std::string pending_;
  std::size_t unsent_bytes_ = 0;  // pending, or taken and not sent
  bool notified_ = false;         // since the last acknowledge()
  std::function<void(std::shared_ptr<EventStream>)> notify_;
};

}  // namespace feedctl::http
