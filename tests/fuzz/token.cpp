// What a client hands back of an X-Feed-Token once its signature is good.
#include "events/place.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {

namespace {

void place(std::string_view bytes) {
  const auto place = events::Place::parse(bytes);
  if (!place) return;
  const auto text = place->text();
  const auto again = events::Place::parse(text);
  require(again && again->text() == text, "another place: " + text);
  require(place->upto.covers(place->before), "a round that ends before it begins");
  require(place->is_within() || !events::Token::parse(bytes) ||
              place->before.text() == place->upto.text(),
          "a token within a round");
}

}  // namespace

void token(std::string_view bytes) {
  const auto token = events::Token::parse(bytes);
  if (!token || !token->own) place(bytes);  // what a command saw takes memory up to its own
  if (!token) return;
  const auto text = token->text();
  const auto again = events::Token::parse(text);
  require(again && again->text() == text, "another token: " + text);
  require(again->own == token->own, "another transaction");
  const auto& snapshot = token->snapshot;
  require(snapshot.covers(snapshot), "it does not cover itself");
  require(token->covered_by(snapshot) == (!token->own || snapshot.sees(*token->own)),
          "its transaction counts in another way");
  for (const auto id : snapshot.xip) {
    require(!snapshot.sees(id), "it sees what was running");
    require(snapshot.covers(snapshot.cut(id)), "cut, it covers more");
  }
  require(!snapshot.sees(snapshot.xmax), "it sees what had not begun");
  require(snapshot.cut(snapshot.xmax).text() == snapshot.text(), "a cut at its end changes it");
}

}  // namespace feedctl::fuzz
