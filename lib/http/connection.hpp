#pragma once
// A client connection as its loop keeps it. Belongs to one loop and is touched by its thread only.
#include <chrono>
#include <memory>
#include <string>

#include "http/exchange.hpp"
#include "http/framer.hpp"

namespace feedctl::http {

using Clock = std::chrono::steady_clock;

struct Connection {
  enum class Phase {
    reading,    // waiting for a request, or in the middle of one
    handling,   // its request is at the pool; nothing is read meanwhile
    writing,    // an answer is going out
    streaming,  // an answer that does not end
    lingering,  // the last answer is out; what still comes is dropped
    closed,     // the socket is gone, the exchange is not back yet
  };
  enum class After { keep, close, linger };

  Connection(int socket, std::string peer_address, const Limits& limits, const HostRules& hosts,
             BodyFiles& files)
      : fd(socket), peer(std::move(peer_address)), framer(limits, hosts, &files) {}

  bool idle() const { return phase == Phase::reading && !framer.started() && pending.empty(); }

  int fd;
  std::string peer;
  Framer framer;
  Phase phase = Phase::reading;
  bool readable = false;      // the socket may have bytes we have not asked for
  bool ended = false;         // the client will send no more
  bool queued = false;        // its turn comes again in the next round
  bool asked_memory = false;  // the memory has no answer to the request that comes next
  std::string pending;        // read, but of the next request
  std::size_t pending_at = 0;
  std::string out;
  std::size_t out_at = 0;
  After after = After::keep;
  Exchange* away = nullptr;  // while `handling`
  // While `streaming`.
  std::unique_ptr<Exchange> streamed;
  std::size_t head_left = 0;  // of `out`, what is not the stream's
  bool blocked = false;       // the client takes nothing more
  std::size_t served = 0;
  std::size_t held = 0;          // of what it keeps while it waits, as counted by its loop
  Clock::time_point first_byte;  // of the current request
  Clock::time_point body_began;
  bool body_timed = false;
  Clock::time_point deadline = Clock::time_point::max();
  Clock::time_point timer = Clock::time_point::max();  // when the loop looks at `deadline`
};

}  // namespace feedctl::http
