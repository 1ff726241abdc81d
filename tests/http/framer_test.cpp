// The framer's answer depends on the bytes alone, never on how they were cut into reads.
#include <cstdint>

#include "hostile/rows.hpp"
#include "http/framed.hpp"
#include "http/glance.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::http;
using namespace feedctl::test;

namespace {

std::vector<hostile::Row> all_rows() {
  auto all = hostile::framings();
  for (auto& row : hostile::rows()) all.push_back(std::move(row));
  return all;
}

// Reads that end at these places.
Cut ending_at(std::size_t first, std::size_t second) {
  return [=](std::size_t at) {
    return at < first ? first - at : at < second ? second - at : std::size_t{1} << 40;
  };
}

}  // namespace

TEST_CASE("every request, good or hostile, is framed alike wherever it is cut in two") {
  const Limits limits;
  const HostRules hosts({"t"});
  for (const auto& row : all_rows()) {
    const auto bytes = row.bytes + hostile::good();
    const auto whole = framed(bytes, limits, hosts);
    const std::size_t step = bytes.size() < 2048 ? 1 : bytes.size() < 20'000 ? 13 : 4999;
    for (std::size_t cut = 1; cut < bytes.size(); cut += step) {
      if (framed(bytes, limits, hosts, ending_at(cut, cut)) == whole) continue;
      INFO("row " << row.number << ": " << row.what << ", cut at " << cut);
      CHECK(framed(bytes, limits, hosts, ending_at(cut, cut)) == whole);
    }
  }
}

TEST_CASE("every request is framed alike when it comes byte by byte, or in a few bytes a time") {
  const Limits limits;
  const HostRules hosts({"t"});
  for (const auto& row : all_rows()) {
    const auto bytes = row.bytes + hostile::good();
    const auto whole = framed(bytes, limits, hosts);
    for (const std::size_t size : {1, 2, 3, 7, 64, 1000}) {
      if (bytes.size() / size > 50'000) continue;
      INFO("row " << row.number << ": " << row.what << ", by " << size);
      CHECK(framed(bytes, limits, hosts, [&](std::size_t) { return size; }) == whole);
    }
  }
}

TEST_CASE("requests of every framing are framed alike wherever they are cut in three") {
  const Limits limits;
  const HostRules hosts({"t"});
  for (const auto& row : hostile::framings()) {
    const auto whole = framed(row.bytes, limits, hosts);
    std::size_t differing = 0;
    for (std::size_t first = 1; first < row.bytes.size(); ++first) {
      for (std::size_t second = first + 1; second < row.bytes.size(); ++second) {
        differing += framed(row.bytes, limits, hosts, ending_at(first, second)) != whole;
      }
    }
    INFO(row.what);
    CHECK(differing == 0);
  }
}

TEST_CASE("the status of every row comes from the framer or is left to the route") {
  const Limits limits;
  const HostRules hosts({"t"});
  for (const auto& row : hostile::rows()) {
    INFO("row " << row.number << ": " << row.what);
    const auto words = framed(row.bytes, limits, hosts);
    if (row.closes)
      CHECK(words.find("refused " + std::to_string(row.status) + " x ") == 0);
    else
      CHECK(words.find(" x ") == std::string::npos);
  }
}

TEST_CASE("the glance takes no request that the framer refuses or reads in another way") {
  const Limits limits;
  const HostRules hosts({"t"});
  std::size_t taken = 0;
  const auto look = [&](const std::string& bytes) {
    const auto difference = disagreement(bytes, limits, hosts);
    INFO(bytes.substr(0, 300));
    REQUIRE(difference == "");
  };
  // Plain requests with one byte more, less or other at every place.
  const std::string plain[] = {
      hostile::good(),
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
    Glance glance;
    taken += glance.read_line(request, limits) && glance.read_fields(request, limits, hosts) != 0;
  }
  CHECK(taken == std::size(plain));
  for (const auto& row : all_rows()) look(row.bytes);
}
