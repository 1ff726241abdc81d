// Rates of the configuration: what is accepted is written in one form that means the same.
#include "config/rate.hpp"

#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {

void rate(std::string_view bytes) {
  const auto parsed = config::parse_rate(bytes);
  const auto* rate = std::get_if<config::Rate>(&parsed);
  if (rate == nullptr) return;
  const auto text = config::format_rate(*rate);
  const auto again = config::parse_rate(text);
  const auto* same = std::get_if<config::Rate>(&again);
  require(same != nullptr, "its own form is refused: " + text);
  require(same->count == rate->count && same->period == rate->period && same->burst == rate->burst,
          "it means another rate: " + text);
  require(rate->is_off() || (rate->period.count() > 0 && rate->burst > 0), "a rate of nothing");
}

}  // namespace feedctl::fuzz
