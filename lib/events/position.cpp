#include "events/position.hpp"

#include <algorithm>
#include <charconv>

#include "base/error.hpp"

namespace feedctl::events {

namespace {

constexpr std::size_t longest_text = 64 * 1024;

std::optional<TransactionId> number(std::string_view text) {
  TransactionId value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view take(std::string_view& text, char until) {
  const auto at = text.find(until);
  const auto part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return part;
}

}  // namespace

std::optional<Snapshot> Snapshot::parse(std::string_view text) {
  if (text.size() > longest_text || std::count(text.begin(), text.end(), ':') != 2) {
    return std::nullopt;
  }
  Snapshot snapshot;
  const auto xmin = number(take(text, ':'));
  const auto xmax = number(take(text, ':'));
  if (!xmin || !xmax || *xmin == 0 || *xmin > *xmax) return std::nullopt;
  snapshot.xmin = *xmin;
  snapshot.xmax = *xmax;
  while (!text.empty()) {
    const auto id = number(take(text, ','));
    const bool ascends = snapshot.xip.empty() || (id && *id > snapshot.xip.back());
    if (!id || !ascends || *id < *xmin || *id >= *xmax) return std::nullopt;
    snapshot.xip.push_back(*id);
  }
  return snapshot;
}

Snapshot snapshot_of(std::string_view text) {
  if (auto snapshot = Snapshot::parse(text)) return *std::move(snapshot);
  throw Error(ErrorCode::internal, "a snapshot cannot be read");
}

std::string Snapshot::text() const {
  std::string out = std::to_string(xmin) + ':' + std::to_string(xmax) + ':';
  for (std::size_t i = 0; i < xip.size(); ++i) {
    if (i > 0) out += ',';
    out += std::to_string(xip[i]);
  }
  return out;
}

bool Snapshot::sees(TransactionId id) const {
  return id < xmax && !std::binary_search(xip.begin(), xip.end(), id);
}

bool Snapshot::covers(const Snapshot& other) const {
  for (const auto id : xip) {
    if (other.sees(id)) return false;
  }
  if (other.xmax <= xmax) return true;
  // All from our end to theirs must have been running in theirs.
  const auto first = std::lower_bound(other.xip.begin(), other.xip.end(), xmax);
  return static_cast<TransactionId>(other.xip.end() - first) == other.xmax - xmax;
}

Snapshot Snapshot::cut(TransactionId next) const {
  if (next >= xmax) return *this;
  Snapshot kept{std::min(xmin, next), next, {}};
  for (const auto id : xip) {
    if (id < next) kept.xip.push_back(id);
  }
  return kept;
}

std::optional<Token> Token::parse(std::string_view text) {
  Token token;
  const auto own = take(text, ';');
  if (!own.empty()) {
    token.own = number(own);
    if (!token.own) return std::nullopt;
  }
  const auto snapshot = Snapshot::parse(text);
  if (!snapshot) return std::nullopt;
  token.snapshot = *snapshot;
  return token;
}

std::string Token::text() const {
  return (own ? std::to_string(*own) : std::string()) + ';' + snapshot.text();
}

Snapshot Token::seen() const {
  auto all = snapshot;
  if (!own || all.sees(*own)) return all;
  if (*own < all.xmax) {
    all.xip.erase(std::find(all.xip.begin(), all.xip.end(), *own));
    return all;
  }
  for (auto id = all.xmax; id < *own; ++id) all.xip.push_back(id);
  all.xmax = *own + 1;
  return all;
}

bool Token::covered_by(const Snapshot& position) const {
  return (!own || position.sees(*own)) && position.covers(snapshot);
}

}  // namespace feedctl::events
