#include "views/lost_window.hpp"

#include <algorithm>

namespace feedctl::views {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

// Rotations of the same millisecond get numbers ahead of the clock.
constexpr milliseconds max_lead{1000};

}  // namespace

bool is_replaced(const ServerState& server) {
  return !server.id.empty() && !server.last_id.empty() && server.id != server.last_id;
}

std::optional<milliseconds> lost_window(const ServerState& server, milliseconds settled,
                                        std::optional<milliseconds> horizon) {
  if (settled <= 0ms) return std::nullopt;
  // One that was started before is a replica that has taken over.
  const bool was_started = is_replaced(server) && server.started_at > settled;
  const auto until = was_started ? server.started_at : server.now;
  if (until + max_lead < settled) return std::nullopt;  // the clock of Redis has jumped
  const auto window = std::max(until - settled, 0ms);
  return was_started && horizon ? std::min(window, *horizon) : window;
}

}  // namespace feedctl::views
