// What a client hands back of an X-Feed-Token once its signature is good.
#include "events/consistency_token.hpp"
#include "events/log_cursor.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {

namespace {

void place(std::string_view bytes) {
  const auto place = events::LogCursor::parse(bytes);
  if (!place) return;
  const auto text = place->text();
  const auto again = events::LogCursor::parse(text);
  require(again && again->text() == text, "another place: " + text);
  require(place->upto.covers(place->before), "a round that ends before it begins");
  require(place->is_within_round() || !events::ConsistencyToken::parse(bytes) ||
              place->before.text() == place->upto.text(),
          "a token within a round");
}

}  // namespace

void token(std::string_view bytes) {
  const auto token = events::ConsistencyToken::parse(bytes);
  if (!token || !token->own_xid) place(bytes);  // what a command saw takes memory up to its own
  if (!token) return;
  const auto text = token->text();
  const auto again = events::ConsistencyToken::parse(text);
  require(again && again->text() == text, "another token: " + text);
  require(again->own_xid == token->own_xid, "another transaction");
  const auto& snapshot = token->snapshot;
  require(snapshot.covers(snapshot), "it does not cover itself");
  require(
      token->is_covered_by(snapshot) == (!token->own_xid || snapshot.is_visible(*token->own_xid)),
      "its transaction counts in another way");
  for (const auto id : snapshot.xip) {
    require(!snapshot.is_visible(id), "it sees what was running");
    require(snapshot.covers(snapshot.truncate(id)), "cut, it covers more");
  }
  require(!snapshot.is_visible(snapshot.xmax), "it sees what had not begun");
  require(snapshot.truncate(snapshot.xmax).text() == snapshot.text(),
          "a cut at its end changes it");
}

}  // namespace feedctl::fuzz
