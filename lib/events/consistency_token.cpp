#include "events/consistency_token.hpp"

#include <algorithm>

namespace feedctl::events {

std::optional<ConsistencyToken> ConsistencyToken::parse(std::string_view text) {
  ConsistencyToken token;
  const auto semicolon = text.find(';');
  if (const auto own = text.substr(0, semicolon); !own.empty()) {
    token.own_xid = try_parse_xid(own);
    if (!token.own_xid) return std::nullopt;
  }
  if (semicolon == std::string_view::npos) return std::nullopt;
  const auto snapshot = PgSnapshot::parse(text.substr(semicolon + 1));
  if (!snapshot) return std::nullopt;
  token.snapshot = *snapshot;
  return token;
}

std::string ConsistencyToken::text() const {
  return (own_xid ? std::to_string(*own_xid) : std::string()) + ';' + snapshot.text();
}

PgSnapshot ConsistencyToken::with_own_xid() const {
  auto all = snapshot;
  if (!own_xid || all.is_visible(*own_xid)) return all;
  if (*own_xid < all.xmax) {
    all.xip.erase(std::find(all.xip.begin(), all.xip.end(), *own_xid));
    return all;
  }
  for (auto id = all.xmax; id < *own_xid; ++id) all.xip.push_back(id);
  all.xmax = *own_xid + 1;
  return all;
}

bool ConsistencyToken::is_covered_by(const PgSnapshot& position) const {
  return (!own_xid || position.is_visible(*own_xid)) && position.covers(snapshot);
}

}  // namespace feedctl::events
