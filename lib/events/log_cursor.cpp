#include "events/log_cursor.hpp"

#include <charconv>

#include "events/consistency_token.hpp"

namespace feedctl::events {

namespace {

// Parses an id that text() has written.
std::optional<std::int64_t> event_id(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

}  // namespace

std::optional<LogCursor> LogCursor::parse(std::string_view text) {
  const auto token_end = text.find(';', text.find(';') + 1);
  const auto token = ConsistencyToken::parse(text.substr(0, token_end));
  if (!token) return std::nullopt;
  if (token_end == std::string_view::npos) return at(token->with_own_xid());
  const auto rest = text.substr(token_end + 1);
  const auto id_end = rest.find(';');
  if (token->own_xid || id_end == std::string_view::npos) return std::nullopt;
  const auto last = event_id(rest.substr(0, id_end));
  auto before = PgSnapshot::parse(rest.substr(id_end + 1));
  if (!last || !before || !token->snapshot.covers(*before)) return std::nullopt;
  return LogCursor{*std::move(before), token->snapshot, *last};
}

std::string LogCursor::text() const {
  auto all = ConsistencyToken{upto, std::nullopt}.text();
  if (is_within_round()) all += ';' + std::to_string(last_id) + ';' + before.text();
  return all;
}

}  // namespace feedctl::events
