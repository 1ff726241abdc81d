#include "base/json_writer.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {

std::string shown(std::string_view bytes) {
  std::string out;
  feedctl::json::append_quoted(out, bytes.substr(0, 400));
  return out;
}

}  // namespace feedctl::fuzz
