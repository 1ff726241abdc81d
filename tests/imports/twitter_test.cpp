#include "imports/twitter.hpp"

#include <string>
#include <utility>
#include <vector>

#include "imports/tweet.hpp"
#include "recorded_posts.hpp"
#include "support/archive_writer.hpp"
#include "support/catch.hpp"
#include "support/error_code.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::imports;

namespace {

using Files = support::ArchiveEntries;

const std::string account_file =
    R"(window.YTD.account.part0 = [ { "account" : { "email" : "a@b.example", "username" : "AdaL",)"
    R"( "accountId" : "1001", "createdAt" : "2009-06-01T10:11:12.000Z",)"
    R"( "accountDisplayName" : "Ada L" } } ])";

const Time test_time = *parse_rfc3339("2026-01-01T00:00:00Z");

std::string tweet(const std::string& id, const std::string& text, const std::string& more = "",
                  const std::string& at = "Wed Oct 10 20:19:24 +0000 2018") {
  return R"({"id_str": ")" + id + R"(", "created_at": ")" + at + R"(", "full_text": ")" + text +
         "\"" + more + "}";
}

std::string tweets(const std::vector<std::string>& items, const std::string& part = "0") {
  std::string text = "window.YTD.tweets.part" + part + " = [";
  for (const auto& item : items) {
    if (text.back() != '[') text += ", ";
    text += R"({"tweet": )" + item + "}";
  }
  return text + "]";
}

RecordingSink read(const Files& files) {
  const support::TempFolder folder;
  const auto path = folder.path() / "twitter.zip";
  support::write_archive(path, support::ArchiveWriter::Format::zip, files);
  auto archive = ArchiveFile::open(path);
  RecordingSink sink;
  read_twitter(archive, sink, test_time);
  return sink;
}

RecordingSink read_tweets(const std::vector<std::string>& items) {
  return read({{"data/account.js", account_file}, {"data/tweets.js", tweets(items)}});
}

}  // namespace

TEST_CASE("the account comes first, wherever it stands in the archive") {
  const auto sink = read({{"data/tweets.js", tweets({tweet("1", "one")})},
                          {"data/tweets-part1.js", tweets({tweet("2", "two")}, "1")},
                          {"data/account.js", account_file}});
  REQUIRE(sink.was_account_first);
  CHECK(sink.accounts.at(0).network == "twitter");
  CHECK(sink.accounts.at(0).external_id == "1001");
  CHECK(sink.accounts.at(0).handle == "AdaL");
  CHECK(sink.accounts.at(0).name == "Ada L");
  CHECK(sink.accounts.at(0).created_at == parse_rfc3339("2009-06-01T10:11:12Z"));
  CHECK(sink.posts.size() == 2);
  CHECK(find_post(sink, "2")->at == *parse_rfc3339("2018-10-10T20:19:24Z"));
}

TEST_CASE("an archive of 2018 has tweets without a wrapper, in no folder") {
  const auto sink = read({{"account.js", account_file},
                          {"tweet.js", "window.YTD.tweet.part0 = [" + tweet("1", "old") + "]"}});
  CHECK(text_of(sink, "1") == "old");
}

TEST_CASE("files that have like names are no tweets") {
  const auto sink = read({{"data/account.js", account_file},
                          {"data/tweets.js", tweets({tweet("1", "one")})},
                          {"data/tweets-partial.js", tweets({tweet("2", "two")})},
                          {"data/deleted-tweets.js", tweets({tweet("3", "three")})},
                          {"assets/tweets.js", tweets({tweet("4", "four")})},
                          {"twitter-ada/data/tweets-part12.js", tweets({tweet("5", "five")})}});
  CHECK(sink.posts.size() == 2);
  CHECK(text_of(sink, "5") == "five");
}

TEST_CASE("the text has its characters and its links, without those of its own pictures") {
  const auto links =
      std::string(R"(, "entities": {"urls": [)") +
      R"({"url": "https://t.co/ab", "expanded_url": "https://a.example/?x=1&amp;y"},)" +
      R"({"url": "https://t.co/abc", "expanded_url": "https://b.example/"}],)" +
      R"("media": [{"url": "https://t.co/pic", "expanded_url": "https://x.example"}]})";
  const auto sink = read_tweets(
      {tweet("1", "a &lt; b &amp;&amp; c &gt; d &amp;lt; &quot;e&quot; &other;"),
       tweet("2", "https://t.co/abc https://t.co/ab, (https://t.co/ab) https://t.co/abcd", links),
       tweet("3", "look https://t.co/pic", links), tweet("4", "https://t.co/pic", links),
       tweet("5", "http", links), tweet("6", "https://t.co/unknown x", links)});
  CHECK(text_of(sink, "1") == "a < b && c > d &lt; \"e\" &other;");
  CHECK(text_of(sink, "2") ==
        "https://b.example/ https://a.example/?x=1&amp;y, (https://a.example/?x=1&amp;y) "
        "https://t.co/abcd");
  CHECK(text_of(sink, "3") == "look");
  CHECK(text_of(sink, "5") == "http");
  CHECK(text_of(sink, "6") == "https://t.co/unknown x");
  CHECK(skip_counts(sink) == SkipCounts{{"no_text", 1}});
}

TEST_CASE("retweets are left out, and answers are told") {
  const auto sink =
      read_tweets({tweet("1", "RT @bo: hello"), tweet("2", "hello", R"(, "retweeted": true)"),
                   tweet("3", "RT @ is how it was done"), tweet("4", "RT @bo hello"),
                   tweet("5", "an answer", R"(, "in_reply_to_status_id_str": "99")"),
                   tweet("6", "to a person", R"(, "in_reply_to_user_id_str": "7")"),
                   tweet("7", "none", R"(, "in_reply_to_status_id_str": null)")});
  CHECK(skip_counts(sink) == SkipCounts{{"repost", 2}});
  CHECK(sink.posts.size() == 5);
  CHECK(find_post(sink, "5")->is_reply);
  CHECK(find_post(sink, "6")->is_reply);
  CHECK_FALSE(find_post(sink, "7")->is_reply);
}

TEST_CASE("what is no tweet is counted, and the others are read") {
  const auto sink = read_tweets({R"({"full_text": "no id"})", R"("text")", tweet("1", "one"),
                                 tweet("2", "two", "", "10.10.2018"),
                                 tweet("3", "three", "", "Wed Oct 10 20:19:24 +0000 2040"),
                                 tweet("4", std::string(max_item_bytes, 'x')),
                                 R"({"id_str": "5", "full_text": 7})", tweet("6", "\\ud800")});
  CHECK(sink.posts.size() == 1);
  CHECK(skip_counts(sink) == SkipCounts{{"malformed", 4}, {"bad_time", 2}, {"too_large", 1}});
}

TEST_CASE("the accounts that are followed") {
  const auto sink = read(
      {{"data/account.js", account_file},
       {"data/tweets.js", tweets({})},
       {"data/following.js", R"(window.YTD.following.part0 = [ {"following": {"accountId": "5",)"
                             R"( "userLink": "https://x.example/5"}}, {"following": {}}, 3,)"
                             R"( {"following": {"accountId": "6"}} ])"}});
  CHECK(sink.follows == std::vector<std::string>{"5", "6"});
}

TEST_CASE("an archive without an account or without tweets is refused") {
  const auto code = [](const Files& files) { return support::error_code_of([&] { read(files); }); };
  CHECK(code({{"data/tweets.js", tweets({tweet("1", "one")})}}) == ErrorCode::bad_data);
  CHECK(code({{"data/account.js", account_file}}) == ErrorCode::bad_data);
  CHECK(code({{"data/account.js", "window.YTD.account.part0 = [ {} ]"},
              {"data/tweets.js", tweets({})}}) == ErrorCode::bad_data);
  CHECK(code({{"data/account.js", account_file}, {"data/tweets.js", "window.YTD.x = {}"}}) ==
        ErrorCode::bad_data);
  CHECK(code({{"data/account.js", account_file},
              {"data/tweets.js", tweets({tweet("1", "one")}).substr(0, 60)}}) ==
        ErrorCode::bad_data);
}

TEST_CASE("times of tweets") {
  CHECK(parse_tweet_time("Thu Feb 29 23:59:60 +0000 2024") ==
        parse_rfc3339("2024-03-01T00:00:00Z"));
  for (const char* bad : {"", "Wed Oct 10 20:19:24 +0200 2018", "Wed Okt 10 20:19:24 +0000 2018",
                          "Wed Feb 30 20:19:24 +0000 2018", "Wed Oct 10 24:19:24 +0000 2018",
                          "Wed Oct 10 20:19:24 +0000 201x", "2018-10-10T20:19:24Z",
                          "Wed Oct  1 20:19:24 +0000 2018"}) {
    INFO(bad);
    CHECK_FALSE(parse_tweet_time(bad));
  }
}
