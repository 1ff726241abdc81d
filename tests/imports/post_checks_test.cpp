#include "imports/post_checks.hpp"

#include <set>

#include "base/utf8.hpp"
#include "imports/recording_sink.hpp"
#include "imports/text_limits.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::imports;

namespace {

const Time now_ = *parse_rfc3339("2025-06-01T00:00:00Z");

ImportedPost post_at(const char* time, std::string text = "text") {
  ImportedPost post;
  post.external_id = "1";
  post.at = *parse_rfc3339(time);
  post.text = std::move(text);
  return post;
}

RecordingSink delivered(ImportedPost post) {
  RecordingSink sink;
  deliver_post(std::move(post), now_, sink);
  return sink;
}

}  // namespace

TEST_CASE("a text is cut at a character, with a note") {
  CHECK(cut_text(" a\n").text == "a");
  CHECK_FALSE(cut_text("0123456789", 10).was_cut);
  const auto cut = cut_text("0123456789a", 10);
  CHECK(cut.was_cut);
  CHECK(cut.text == "0123 [cut]");
  std::string faces;
  for (int i = 0; i < 20; ++i) faces += "\xf0\x9f\x98\x80";
  for (std::size_t limit = 0; limit <= 20; ++limit) {
    const auto shorter = cut_text(faces, limit);
    CHECK(utf8_length(shorter.text).value_or(99) <= limit);
    CHECK(shorter.was_cut == (limit < 20));
  }
  CHECK(cut_text(std::string("a\0b", 3)).text == "ab");
  CHECK(utf8_length(cut_text(std::string(100'000, 'x')).text) == 10'000U);
}

TEST_CASE("posts are delivered, or left out with the reason") {
  const auto good = delivered(post_at("2024-01-01T00:00:00Z"));
  REQUIRE(good.posts.size() == 1);
  CHECK(good.all_skips() == 0);
  CHECK(delivered(post_at("2024-01-01T00:00:00Z", std::string(20'000, 'x'))).posts[0].was_cut);
  CHECK(delivered(post_at("1999-12-31T23:59:59Z")).skips(SkipReason::bad_time) == 1);
  CHECK(delivered(post_at("2025-06-01T00:00:01Z")).skips(SkipReason::bad_time) == 1);
  CHECK(delivered(post_at("2000-01-01T00:00:00Z")).posts.size() == 1);
  for (const char* blank : {"", " \n", "\xe2\x80\x8b"})
    CHECK(delivered(post_at("2024-01-01T00:00:00Z", blank)).skips(SkipReason::no_text) == 1);
  CHECK(delivered(post_at("2024-01-01T00:00:00Z", "\xe9")).skips(SkipReason::bad_text) == 1);
  auto unnamed = post_at("2024-01-01T00:00:00Z");
  for (const auto& id : {std::string(), std::string(513, 'x'), std::string("a\0", 2)}) {
    unnamed.external_id = id;
    CHECK(delivered(unnamed).skips(SkipReason::malformed) == 1);
  }
}

TEST_CASE("an element that is no JSON is told from one in another encoding") {
  RecordingSink sink;
  CHECK(parse_item("{\"a\":1}", sink));
  CHECK_FALSE(parse_item("{\"a\":nul}", sink));
  CHECK_FALSE(parse_item("{\"a\":\"caf\xe9\"}", sink));
  CHECK(sink.skips(SkipReason::malformed) == 1);
  CHECK(sink.skips(SkipReason::bad_text) == 1);
}

TEST_CASE("each reason has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < skip_reason_count; ++i)
    names.insert(name_of(static_cast<SkipReason>(i)));
  CHECK(names.size() == skip_reason_count);
  CHECK(name_of(SkipReason::not_public) == "not_public");
  CHECK(names.count("unknown") == 0);
}
