#pragma once
// Cuts imported texts to the length that posts may have. Pure functions.
#include <cstddef>
#include <string>
#include <string_view>

#include "posts/posts.hpp"

namespace feedctl::imports {

inline constexpr std::string_view cut_note = " [cut]";

struct CutText {
  std::string text;
  bool was_cut = false;
};

// The text without U+0000 and white space at its ends. A longer one than `max_length` code points
// ends between two characters, and with cut_note. `text` must be UTF-8; so is the result.
CutText cut_text(std::string text, std::size_t max_length = posts::max_text_length);

}  // namespace feedctl::imports
