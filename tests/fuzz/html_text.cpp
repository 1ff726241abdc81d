// HTML of archives: the text is UTF-8 where the fragment is, and not larger than the fragment.
#include "imports/html_text.hpp"

#include "base/utf8.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {

void html_text(std::string_view bytes) {
  const auto text = imports::html_to_text(bytes);
  require(text.size() <= bytes.size(), "a larger text: " + shown(text));
  require(!utf8_length(bytes) || utf8_length(text), "a text that is not UTF-8: " + shown(text));
}

}  // namespace feedctl::fuzz
