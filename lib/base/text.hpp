#pragma once
// Splits and joins plain text. Pure functions.
#include <concepts>
#include <string>
#include <string_view>

namespace feedctl {

// Cuts the part before the first `separator` off `text` and returns it: all of it where there is
// none.
inline std::string_view next_field(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const auto field = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return field;
}

// The items, which are texts or integers, with `separator` between them.
template <typename Items>
std::string join(const Items& items, std::string_view separator) {
  std::string all;
  bool is_first = true;
  for (const auto& item : items) {
    if (!is_first) all.append(separator);
    is_first = false;
    if constexpr (std::convertible_to<decltype(item), std::string_view>)
      all.append(std::string_view(item));
    else
      all.append(std::to_string(item));
  }
  return all;
}

}  // namespace feedctl
