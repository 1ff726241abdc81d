// Requests: the same however they are cut, nothing accepted whose end two readers could see in
// different places, and the fast parser agrees with the full one.
#include <algorithm>

#include "base/utf8.hpp"
#include "fuzz/fuzz.hpp"
#include "http/header_text.hpp"
#include "http_server/parse_transcript.hpp"
#include "http_server/request_parser.hpp"

namespace feedctl::fuzz {
namespace {

using namespace feedctl::http;

// So small that inputs of a few hundred bytes reach all of them.
Limits small_limits() {
  Limits limits;
  limits.max_request_line = 120;
  limits.max_header_line = 80;
  limits.max_header_bytes = 240;
  limits.max_header_count = 8;
  limits.max_query_params = 3;
  limits.max_body = limits.max_body_in_memory = 100;
  return limits;
}

std::size_t count(const Request& request, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(request.headers.begin(), request.headers.end(),
                    [&](const auto& header) { return header.first == name; }));
}

void check_accepted(const ParsedRequest& parsed, const Limits& limits) {
  const auto& request = parsed.request;
  const auto lengths = count(request, "content-length");
  const auto codings = count(request, "transfer-encoding");
  require(lengths <= 1 && (lengths == 0 || codings == 0), "its end is ambiguous");
  require(!parsed.http10 || codings == 0, "a coding in HTTP/1.0");
  require(count(request, "host") == 1 || (parsed.http10 && count(request, "host") == 0), "hosts");
  require(request.headers.size() <= limits.max_header_count, "too many fields");
  require(request.body.size() <= limits.max_body, "too large a body");
  require(request.query.size() <= limits.max_query_params, "too many parameters");
  require(request.target.size() <= limits.max_request_line, "too long a target");
  for (const auto& [name, value] : request.headers) {
    require(is_token(name) && name == to_lower(name), "the name of a field");
    require(
        std::none_of(value.begin(), value.end(), [](char c) { return is_control(c) && c != '\t'; }),
        "the value of a field");
  }
  const auto& path = request.path;
  require(path == "*" || path.front() == '/', "a path without its slash");
  require(utf8_length(path).has_value(), "a path that is not UTF-8");
  require((path + "/").find("/../") == std::string::npos, "a path that climbs");
  require(std::none_of(path.begin(), path.end(), is_control), "a control byte in a path");
}

// What is accepted, one request after the other.
void accept_all(std::string_view bytes, const Limits& limits, const HostAllowlist& hosts) {
  RequestParser parser(limits, hosts);
  while (!bytes.empty()) {
    const auto used = parser.feed(bytes);
    require(used <= bytes.size(), "it takes too much");
    require(used > 0 || parser.rejection(), "it takes nothing");
    bytes.remove_prefix(used);
    if (!parser.is_finished()) return;
    if (parser.rejection()) {
      if (parser.rejection()->close_connection) return;
      parser.reset();
    } else {
      check_accepted(parser.take(), limits);
    }
  }
}

// Any function of the place that gives short and long reads.
std::size_t some_cut(std::size_t at, std::size_t seed) {
  return 1 + ((at * 2654435761U + seed * 40503U) >> 4) % (seed % 3 == 0 ? 5 : 60);
}

void check(std::string_view bytes, const Limits& limits) {
  static const HostAllowlist any({}), ours({"t", ".example.org", "one:81"});
  for (const auto* hosts : {&any, &ours}) {
    accept_all(bytes, limits, *hosts);
    const auto whole = test::parse_transcript(bytes, limits, *hosts);
    require(
        test::parse_transcript(bytes, limits, *hosts, [](auto) { return std::size_t{1}; }) == whole,
        "byte by byte it is another request than " + whole);
    for (std::size_t seed = 0; seed < 4; ++seed) {
      const auto cut = [&](std::size_t at) { return some_cut(at, seed + bytes.size()); };
      require(test::parse_transcript(bytes, limits, *hosts, cut) == whole,
              "cut somewhere it is another request than " + whole);
    }
    const auto difference = test::fast_path_difference(bytes, limits, *hosts);
    require(difference.empty(), "the fast parser and the full one disagree on " + difference);
  }
}

}  // namespace

void framer(std::string_view bytes) {
  static const Limits usual, small = small_limits();
  check(bytes, usual);
  check(bytes, small);
}

}  // namespace feedctl::fuzz
