#pragma once
// Proactive content negotiation (RFC 9110, 12): Accept, and lists with quality values. Pure
// functions.
#include <string_view>

#include "http/header_text.hpp"

namespace feedctl::http {

inline constexpr int full_quality = 1000;
inline constexpr int malformed_quality = -1;

// A qvalue (RFC 9110, 12.4.2) in thousandths, or malformed_quality.
int parse_qvalue(std::string_view text);

// The q among the parameters of a list item, as in "; charset=\"a;b\"; Q=0.5"; full_quality where
// it has none.
int parse_weight(std::string_view parameters);

// Removes the text before the next `separator` outside of quoted strings from `text`, and the
// separator, and returns that text.
std::string_view take_until(char separator, std::string_view& text);

// Calls each(name, quality) for every list item that has a name.
template <typename Each>
void for_each_preference(std::string_view list, Each each) {
  while (!list.empty()) {
    auto item = take_until(',', list);
    const auto name = trimmed(take_until(';', item));
    if (!name.empty()) each(name, parse_weight(item));
  }
}

// "application/json" of "application/json; charset=utf-8".
std::string_view media_type(std::string_view content_type);

// The weight that an Accept field gives to a content type, by the media range that names it most
// closely; 0 where none does. A malformed weight counts as full, and a malformed field gives it to
// all.
int quality_of(std::string_view accept, std::string_view content_type);

// Whether an Accept field admits a content type. A malformed field admits all.
bool accepts(std::string_view accept, std::string_view content_type);

}  // namespace feedctl::http
