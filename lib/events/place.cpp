#include "events/place.hpp"

#include <charconv>

namespace feedctl::events {

namespace {

// Of a number as text() writes it.
std::optional<std::int64_t> event_id(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

}  // namespace

std::optional<Place> Place::parse(std::string_view text) {
  const auto token_end = text.find(';', text.find(';') + 1);
  const auto token = Token::parse(text.substr(0, token_end));
  if (!token) return std::nullopt;
  if (token_end == std::string_view::npos) return at(token->seen());
  const auto rest = text.substr(token_end + 1);
  const auto id_end = rest.find(';');
  if (token->own || id_end == std::string_view::npos) return std::nullopt;
  const auto last = event_id(rest.substr(0, id_end));
  auto before = Snapshot::parse(rest.substr(id_end + 1));
  if (!last || !before || !token->snapshot.covers(*before)) return std::nullopt;
  return Place{*std::move(before), token->snapshot, *last};
}

std::string Place::text() const {
  auto all = Token{upto, std::nullopt}.text();
  if (is_within()) all += ';' + std::to_string(last) + ';' + before.text();
  return all;
}

}  // namespace feedctl::events
