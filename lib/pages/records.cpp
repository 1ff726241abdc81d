#include "pages/records.hpp"

namespace feedctl::pages {

std::string_view to_string(State state) {
  return state == State::draft ? "draft" : "published";
}

std::optional<State> parse_state(std::string_view text) {
  for (const auto state : {State::draft, State::published}) {
    if (text == to_string(state)) return state;
  }
  return std::nullopt;
}

}  // namespace feedctl::pages
