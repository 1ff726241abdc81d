// Times, durations and sizes: what is read is written so that it reads the same.
#include "base/time.hpp"

#include "config/units.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {

void time(std::string_view bytes) {
  if (const auto read = parse_rfc3339(bytes)) {
    const auto text = rfc3339(*read);
    require(parse_rfc3339(text) == read, "another time: " + text);
    require(rfc3339(*parse_rfc3339(text)) == text, "another text: " + text);
  }
  if (const auto read = config::parse_duration(bytes)) {
    const auto text = config::format_duration(*read);
    require(config::parse_duration(text) == read, "another duration: " + text);
  }
  if (const auto read = config::parse_size(bytes)) {
    const auto text = config::format_size(*read);
    require(config::parse_size(text) == read, "another size: " + text);
  }
}

}  // namespace feedctl::fuzz
