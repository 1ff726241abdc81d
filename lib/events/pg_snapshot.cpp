#include "events/pg_snapshot.hpp"

#include <algorithm>
#include <charconv>

#include "base/error.hpp"
#include "base/text.hpp"

namespace feedctl::events {

namespace {

constexpr std::size_t max_text_size = 64 * 1024;

}  // namespace

std::optional<TransactionId> try_parse_xid(std::string_view text) {
  TransactionId value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

TransactionId parse_xid(std::string_view text) {
  if (const auto id = try_parse_xid(text)) return *id;
  throw Error(ErrorCode::internal, "a transaction id cannot be read");
}

std::optional<PgSnapshot> PgSnapshot::parse(std::string_view text) {
  if (text.size() > max_text_size || std::count(text.begin(), text.end(), ':') != 2) {
    return std::nullopt;
  }
  PgSnapshot snapshot;
  const auto xmin = try_parse_xid(next_field(text, ':'));
  const auto xmax = try_parse_xid(next_field(text, ':'));
  if (!xmin || !xmax || *xmin == 0 || *xmin > *xmax) return std::nullopt;
  snapshot.xmin = *xmin;
  snapshot.xmax = *xmax;
  while (!text.empty()) {
    const auto id = try_parse_xid(next_field(text, ','));
    const bool ascends = snapshot.xip.empty() || (id && *id > snapshot.xip.back());
    if (!id || !ascends || *id < *xmin || *id >= *xmax) return std::nullopt;
    snapshot.xip.push_back(*id);
  }
  return snapshot;
}

PgSnapshot parse_snapshot(std::string_view text) {
  if (auto snapshot = PgSnapshot::parse(text)) return *std::move(snapshot);
  throw Error(ErrorCode::internal, "a snapshot cannot be read");
}

std::string PgSnapshot::text() const {
  std::string out = std::to_string(xmin) + ':' + std::to_string(xmax) + ':';
  for (std::size_t i = 0; i < xip.size(); ++i) {
    if (i > 0) out += ',';
    out += std::to_string(xip[i]);
  }
  return out;
}

bool PgSnapshot::is_visible(TransactionId id) const {
  return id < xmax && !std::binary_search(xip.begin(), xip.end(), id);
}

bool PgSnapshot::covers(const PgSnapshot& other) const {
  for (const auto id : xip) {
    if (other.is_visible(id)) return false;
  }
  if (other.xmax <= xmax) return true;
  // In `other` all transactions from xmax to other.xmax must have been running.
  const auto first = std::lower_bound(other.xip.begin(), other.xip.end(), xmax);
  return static_cast<TransactionId>(other.xip.end() - first) == other.xmax - xmax;
}

PgSnapshot PgSnapshot::merge(const PgSnapshot& other) const {
  const auto& later = xmax < other.xmax ? other : *this;
  const auto& earlier = xmax < other.xmax ? *this : other;
  PgSnapshot merged{later.xmax, later.xmax, {}};
  for (const auto id : later.xip) {
    if (!earlier.is_visible(id)) merged.xip.push_back(id);
  }
  if (!merged.xip.empty()) merged.xmin = merged.xip.front();
  return merged;
}

PgSnapshot PgSnapshot::truncate(TransactionId next) const {
  if (next >= xmax) return *this;
  PgSnapshot kept{std::min(xmin, next), next, {}};
  for (const auto id : xip) {
    if (id < next) kept.xip.push_back(id);
  }
  return kept;
}

}  // namespace feedctl::events
