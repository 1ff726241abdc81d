#pragma once
// An answer that does not end: a handler returns one as Response::stream, and whoever has news
// hands it bytes, from any thread and at any time until it is over. Nothing here waits: what the
// client has not read yet is kept, up to a bound, and a client that lets more pile up is cut off.
// The loop of its connection sends them, and a comment where there was nothing to send for a while.
//
// The connection owns it: hold a weak_ptr, or it never ends.
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace feedctl::http {

class Loop;
struct Connection;

class EventStream : public std::enable_shared_from_this<EventStream> {
 public:
  static constexpr std::size_t usual_most = std::size_t{64} * 1024;

  // `most`: bytes that the client may be behind. `companion` goes when the stream goes: on a loop,
  // so its end may take no time.
  explicit EventStream(std::size_t most = usual_most, std::shared_ptr<void> companion = nullptr)
      : most_(most), companion_(std::move(companion)) {}

  // False: it is over, or is now, since the client is too far behind.
  bool send(std::string_view events);
  // The last bytes, after which the connection ends; for a client that reads, at once.
  void finish(std::string_view events);
  bool over() const;

 private:
  friend class Loop;
  enum class State {
    open,
    finishing,  // what there is goes out first
    slow,       // to be cut off
    ended,
  };

  void ring_locked();
  // The loop's.
  void attach(Loop& loop, Connection& connection);
  State heard();
  State take(std::string& out);
  void sent(std::size_t bytes);
  void detach();

  const std::size_t most_;
  const std::shared_ptr<void> companion_;
  mutable std::mutex mutex_;
  State state_ = State::open;
  std::string waiting_;
  std::size_t unsent_ = 0;  // with what the loop has taken
  bool rung_ = false;       // the loop knows, or will
  Loop* loop_ = nullptr;
  Connection* connection_ = nullptr;
};

}  // namespace feedctl::http
