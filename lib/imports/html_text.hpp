#pragma once
// The plain text of an HTML fragment, as social networks write posts. A pure function.
#include <string>
#include <string_view>

namespace feedctl::imports {

// Paragraphs stand apart by an empty line, other blocks and <br> by a line break; links give their
// text; character references are decoded; comments, scripts and styles are dropped. White space
// collapses, except in <pre>. Takes any bytes: what is no tag is text. The result is UTF-8 where
// `html` is.
std::string html_to_text(std::string_view html);

}  // namespace feedctl::imports
