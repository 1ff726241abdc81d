#include <atomic>
#include <thread>
#include <vector>

#include "base/cursor.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/suggest.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"

using namespace feedctl;

TEST_CASE("a cursor comes back whole and not one bit of it may change") {
  const CursorSigner signer{Secret<std::string>{"key"}};
  const auto cursor = signer.sign("feed:1", "123456");
  CHECK(signer.verify("feed:1", cursor) == "123456");
  CHECK_FALSE(signer.verify("feed:2", cursor).has_value());
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bad = cursor;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      CHECK_FALSE(signer.verify("feed:1", bad).has_value());
    }
    CHECK_FALSE(signer.verify("feed:1", cursor.substr(0, i)).has_value());
  }
}

TEST_CASE("cursors that were given out once are good for ever, also beside those of other keys") {
  const CursorSigner ours{Secret<std::string>{"0123456789abcdef"}};
  const CursorSigner others{Secret<std::string>{"0123456789abcdeg"}};
  const std::string known =
      "NDKx_3nLWfXXe-fwAueSoF6o";  // HMAC-SHA256 of "4:list42", by another program
  std::atomic<int> right{0};
  const auto work = [&] {
    for (int i = 0; i < 200; ++i) {
      const auto theirs = others.sign("list", "42");
      right += ours.sign("list", "42") == known && ours.verify("list", known) == "42" &&
               theirs != known && others.verify("list", theirs) == "42" &&
               !ours.verify("list", theirs) && !others.verify("list", known);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(work);
  work();
  for (auto& thread : threads) thread.join();
  CHECK(right == 800);
}

TEST_CASE("digests are those of FIPS 180-4") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("times are written and read as RFC 3339 in UTC") {
  CHECK(rfc3339(from_unix_us(1761307200000000)) == "2025-10-24T12:00:00Z");
  CHECK(rfc3339(from_unix_us(1761307200000120)) == "2025-10-24T12:00:00.000120Z");
  CHECK(parse_rfc3339("2025-10-24T12:00:00.00012Z") == from_unix_us(1761307200000120));
  CHECK(parse_rfc3339("2025-10-24T14:00:00+02:00") == from_unix_us(1761307200000000));
  for (const char* bad :
       {"", "2025-13-01T00:00:00Z", "2025-10-24", "2025-10-24T12:00:00", "2025-10-24T12:00:00.Z",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"}) {
    CHECK_FALSE(parse_rfc3339(bad).has_value());
  }
}

TEST_CASE("a second 60 is a time only where it ends a month in UTC, as leap seconds do") {
  const auto new_year = parse_rfc3339("2017-01-01T00:00:00Z");
  CHECK(parse_rfc3339("2016-12-31T23:59:60Z") == new_year);
  CHECK(parse_rfc3339("2016-12-31T15:59:60-08:00") == new_year);
  CHECK(parse_rfc3339("2016-12-31T23:59:60.5Z") == *new_year + std::chrono::milliseconds{500});
  CHECK(parse_rfc3339("2015-06-30T23:59:60Z") == parse_rfc3339("2015-07-01T00:00:00Z"));
  for (const char* bad :
       {"2025-10-24T12:30:60Z", "2025-10-24T12:59:60Z", "2025-10-24T23:59:60Z",
        "2016-12-31T23:59:60+01:00", "2016-12-31T23:58:60Z", "2025-10-24T12:30:61Z"}) {
    INFO(bad);
    CHECK_FALSE(parse_rfc3339(bad).has_value());
  }
}

TEST_CASE("UTF-8 is counted in code points and malformed bytes are seen") {
  CHECK(utf8_length("a\xc3\xa9\xf0\x9f\x98\x80") == 3);
  for (const char* bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3"}) {
    CHECK_FALSE(utf8_length(bad).has_value());
  }
  CHECK(shows_nothing(" \t\n"));
  CHECK(shows_nothing("\xe2\x80\x8b \xef\xbb\xbf"));
  CHECK_FALSE(shows_nothing(""));
  CHECK_FALSE(shows_nothing(" a "));
}

TEST_CASE("a typo finds the word that was meant") {
  const std::vector<std::string> words{"migrate", "serve", "seed"};
  CHECK(nearest("migrat", words) == "migrate");
  CHECK(nearest("sreve", words) == "serve");
  CHECK(nearest("frobnicate", words) == "");
}

TEST_CASE("a log line is one line of valid JSON whatever a client sent") {
  const auto line =
      log::format_line(log::Format::json, log::Level::info, "hello\r\n\x1b[31m",
                       {{"agent", std::string("x\n\xff\0", 4)}, {"n", 5}, {"ok", true}});
  CHECK(line.find('\n') == std::string::npos);
  CHECK(support::integer_in(json::parse(line), "n") == 5);
  CHECK(log::format_line(log::Format::text, log::Level::info, "hi\nthere", {{"a", "b c\n"}})
            .find("info hi\\nthere a=\"b c\\n\"") != std::string::npos);
}
