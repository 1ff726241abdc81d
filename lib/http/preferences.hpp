#pragma once
// Lists of what a client likes, and how much: Accept and Accept-Encoding (RFC 9110, 12.4.2).
#include <string_view>

#include "http/text.hpp"

namespace feedctl::http {

inline constexpr int full_quality = 1000;
inline constexpr int malformed_quality = -1;

// RFC 9110's qvalue in thousandths; malformed_quality for what is none.
int quality(std::string_view text);

// The q among the parameters behind an item's name ("; charset=\"a;b\"; Q=0.5"): full_quality where
// there is none, whatever the others say.
int quality_among(std::string_view parameters);

// Up to the next `separator` that stands in no quoted string; and what is left is behind it.
std::string_view take_up_to(char separator, std::string_view& text);

// Calls each(name, quality) with every item of a list that has a name.
template <typename Each>
void for_each_preference(std::string_view list, Each each) {
  while (!list.empty()) {
    auto item = take_up_to(',', list);
    const auto name = trimmed(take_up_to(';', item));
    if (!name.empty()) each(name, quality_among(item));
  }
}

}  // namespace feedctl::http
