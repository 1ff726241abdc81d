#pragma once
// A view of a post, and what became of it. Plain values.
#include <cstdint>

#include "base/ids.hpp"

namespace feedctl::views {

// Why a view was not counted.
enum class Reason {
  none,         // it was counted
  author,       // the author's own view
  repeated,     // the user has viewed the post today (UTC)
  bot,          // the user agent is a bot's
  not_found,    // there is no such post
  unavailable,  // neither Redis nor PostgreSQL could take it
};

struct Result {
  Reason reason = Reason::none;
  std::int64_t views = 0;  // of the post, as shown: while Redis answers, never fewer than before

  bool is_counted() const { return reason == Reason::none; }
};

// A view as it waits for a flush.
struct SeenView {
  Id post = 0, user = 0;
  std::int64_t day = 0;  // days since 1970-01-01 (UTC)

  friend auto operator<=>(const SeenView&, const SeenView&) = default;
};

// So many impressions of one content.
struct Impressions {
  Id content = 0;
  std::int64_t count = 0;

  friend auto operator<=>(const Impressions&, const Impressions&) = default;
};

}  // namespace feedctl::views
