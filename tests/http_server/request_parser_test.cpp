// The parser's result depends on the bytes alone, never on how the reads split them.
#include <cstdint>

#include "http_server/fast_request_parser.hpp"
#include "http_server/parse_transcript.hpp"
#include "support/catch.hpp"
#include "support/hostile_requests.hpp"

using namespace feedctl;
using namespace feedctl::http;
using namespace feedctl::test;

namespace {

std::vector<hostile::HostileRequest> all_requests() {
  auto all = hostile::valid_requests();
  for (auto& row : hostile::hostile_requests()) all.push_back(std::move(row));
  return all;
}

// Reads that end at these places.
ReadSize ending_at(std::size_t first, std::size_t second) {
  return [=](std::size_t at) {
    return at < first ? first - at : at < second ? second - at : std::size_t{1} << 40;
  };
}

}  // namespace

TEST_CASE("every request, valid or hostile, is parsed the same way wherever it is split in two") {
  const Limits limits;
  const HostAllowlist hosts({"t"});
  for (const auto& row : all_requests()) {
    const auto bytes = row.bytes + hostile::valid_request();
    const auto whole = parse_transcript(bytes, limits, hosts);
    const std::size_t step = bytes.size() < 2048 ? 1 : bytes.size() < 20'000 ? 13 : 4999;
    for (std::size_t cut = 1; cut < bytes.size(); cut += step) {
      if (parse_transcript(bytes, limits, hosts, ending_at(cut, cut)) == whole) continue;
      INFO("row " << row.number << ": " << row.description << ", cut at " << cut);
      CHECK(parse_transcript(bytes, limits, hosts, ending_at(cut, cut)) == whole);
    }
  }
}

TEST_CASE("every request is parsed the same way byte by byte or a few bytes at a time") {
  const Limits limits;
  const HostAllowlist hosts({"t"});
  for (const auto& row : all_requests()) {
    const auto bytes = row.bytes + hostile::valid_request();
    const auto whole = parse_transcript(bytes, limits, hosts);
    for (const std::size_t size : {1, 2, 3, 7, 64, 1000}) {
      if (bytes.size() / size > 50'000) continue;
      INFO("row " << row.number << ": " << row.description << ", by " << size);
      CHECK(parse_transcript(bytes, limits, hosts, [&](std::size_t) { return size; }) == whole);
    }
  }
}

TEST_CASE("valid requests are parsed the same way wherever they are split in three") {
  const Limits limits;
  const HostAllowlist hosts({"t"});
  for (const auto& row : hostile::valid_requests()) {
    const auto whole = parse_transcript(row.bytes, limits, hosts);
    std::size_t differing = 0;
    for (std::size_t first = 1; first < row.bytes.size(); ++first) {
      for (std::size_t second = first + 1; second < row.bytes.size(); ++second) {
        differing += parse_transcript(row.bytes, limits, hosts, ending_at(first, second)) != whole;
      }
    }
    INFO(row.description);
    CHECK(differing == 0);
  }
}

TEST_CASE("the status of every row comes from the parser or is left to the route") {
  const Limits limits;
  const HostAllowlist hosts({"t"});
  for (const auto& row : hostile::hostile_requests()) {
    INFO("row " << row.number << ": " << row.description);
    const auto words = parse_transcript(row.bytes, limits, hosts);
    if (row.closes_connection)
      CHECK(words.find("refused " + std::to_string(row.status) + " x ") == 0);
    else
      CHECK(words.find(" x ") == std::string::npos);
  }
}

TEST_CASE("the fast parser accepts no request that the full parser refuses or reads differently") {
  const Limits limits;
  const HostAllowlist hosts({"t"});
  std::size_t taken = 0;
  const auto look = [&](const std::string& bytes) {
    const auto difference = fast_path_difference(bytes, limits, hosts);
    INFO(bytes.substr(0, 300));
    REQUIRE(difference == "");
  };
  // Plain requests with one byte more, less or other at every place.
  const std::string plain[] = {
      hostile::valid_request(),
      hostile::get("/v1/feed/hot", "Accept: */*\r\nConnection: close\r\nIf-None-Match: \"a\"\r\n"),
      "HEAD / HTTP/1.1\r\nhost: T:80\r\nX-User-Id: 5\r\nAccept-Encoding:\r\n\r\n",
  };
  const std::string odd("\0\t\n\r !#%&+,/.:;?@A\\z{\x7f\x80\xff", 24);
  for (const auto& request : plain) {
    look(request);
    for (std::size_t at = 0; at <= request.size(); ++at) {
      look(request.substr(0, at));
      for (const char c : odd) {
        auto more = request;
        look(more.insert(at, 1, c));
        if (at == request.size()) continue;
        auto other = request;
        other[at] = c;
        look(other);
      }
    }
    FastRequestParser parser(limits, hosts);
    FastRequestHead head;
    taken += parser.parse_request_line(request, head) && parser.parse_fields(request, head) != 0;
  }
  CHECK(taken == std::size(plain));
  for (const auto& row : all_requests()) look(row.bytes);
}
