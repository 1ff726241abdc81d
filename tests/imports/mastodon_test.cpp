#include "imports/mastodon.hpp"

#include "imports/recording_sink.hpp"
#include "support/archive_writer.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::imports;
using support::ArchiveEntries;
using Format = support::ArchiveWriter::Format;

namespace {

const Time now_ = *parse_rfc3339("2025-06-01T00:00:00Z");

const char* const actor =
    R"({"@context":["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#"}],
"id":"https://m.example/users/ana","type":"Person","preferredUsername":"ana","name":"Ana \u00c9",
"published":"2018-04-02T00:00:00Z","outbox":"outbox.json"})";

const char* const follows =
    "Account address,Show boosts,Notify on new posts,Languages\n"
    "bob@m.example,true,false,\r\n"
    "\"cy@other.example\",true,false,\"en, de\"\n"
    "no address,true\n@dan@m.example,true";

constexpr const char* public_ = R"("https://www.w3.org/ns/activitystreams#Public")";
constexpr const char* followers = R"("https://m.example/users/ana/followers")";

// A Note as the server writes it. `extra` goes into it; its members end with a comma.
std::string note(int number, const std::string& extra, const std::string& to = public_,
                 const std::string& cc = followers) {
  const auto id = "https://m.example/users/ana/statuses/" + std::to_string(number);
  const auto rest = R"("published":"2023-05-0)" + std::to_string(number % 9 + 1) +
                    R"(T12:00:00Z","to":[)" + to + R"(],"cc":[)" + cc + "]";
  return R"({"id":")" + id +
         R"(/activity","type":"Create","actor":"https://m.example/users/ana",)" + rest +
         R"(,"object":{)" + extra + R"("id":")" + id + R"(","type":"Note",)" + rest +
         R"(,"attachment":[],"tag":[],"replies":{"type":"Collection","first":{"items":[]}}}})";
}

std::string outbox_of(const std::vector<std::string>& items) {
  std::string text = R"({"@context":"https://www.w3.org/ns/activitystreams","id":"outbox.json",)"
                     R"("type":"OrderedCollection","totalItems":9,"orderedItems":[)";
  for (const auto& item : items) text += (text.back() == '[' ? "" : ",") + item;
  return text + "]}";
}

const std::string hello = R"("summary":null,"inReplyTo":null,"content":"<p>hello &amp; all</p>",)";

RecordingSink read(const std::filesystem::path& path) {
  RecordingSink sink;
  auto archive = ArchiveFile::open(path);
  read_mastodon(archive, sink, now_);
  return sink;
}

RecordingSink read(const ArchiveEntries& entries, Format format = Format::zip) {
  const support::TempFolder folder;
  return read(support::write_archive(folder.path() / "archive", format, entries));
}

RecordingSink read_items(const std::vector<std::string>& items) {
  return read({{"outbox.json", outbox_of(items)}, {"actor.json", actor}});
}

std::string fault_of(const ArchiveEntries& entries) {
  return bad_data_of([&] { read(entries); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an archive gives its account first, then posts and follows") {
  for (const auto format : {Format::zip, Format::tar, Format::tar_gz}) {
    const auto sink = read({{"outbox.json", outbox_of({note(1, hello)})},
                            {"media_attachments/files/1.png", "png"},
                            {"likes.json", R"({"orderedItems":["https://x.example/1"]})"},
                            {"actor.json", actor},
                            {"following_accounts.csv", follows}},
                           format);
    REQUIRE(sink.accounts.size() == 1);
    CHECK(sink.was_account_first);
    CHECK(sink.accounts[0].network == "mastodon");
    CHECK(sink.accounts[0].external_id == "https://m.example/users/ana");
    CHECK(sink.accounts[0].handle == "ana");
    CHECK(sink.accounts[0].name == "Ana \xc3\x89");
    CHECK(sink.accounts[0].created_at == parse_rfc3339("2018-04-02T00:00:00Z"));
    REQUIRE(sink.posts.size() == 1);
    CHECK(sink.posts[0].external_id == "https://m.example/users/ana/statuses/1");
    CHECK(sink.posts[0].at == *parse_rfc3339("2023-05-02T12:00:00Z"));
    CHECK(sink.posts[0].text == "hello & all");
    CHECK_FALSE(sink.posts[0].is_reply);
    CHECK(sink.follows == std::vector<std::string>{"https://m.example/users/bob",
                                                   "https://other.example/users/cy",
                                                   "https://m.example/users/dan"});
    CHECK(sink.all_skips() == 0);
  }
}

TEST_CASE("replies and content warnings") {
  const auto sink =
      read_items({note(1, R"("inReplyTo":"https://x.example/9","content":"<p>re</p>",)"),
                  note(2, R"("summary":"spoiler <3","content":"<p>end</p>",)"),
                  note(3, R"("summary":"only","content":"",)")});
  REQUIRE(sink.posts.size() == 3);
  CHECK(sink.posts[0].is_reply);
  CHECK(sink.posts[1].text == "spoiler <3\n\nend");
  CHECK(sink.posts[2].text == "only");
}

TEST_CASE("only public and unlisted posts are read") {
  const auto sink = read_items({note(1, hello, public_, followers),
                                note(2, hello, followers, public_), note(3, hello, followers, ""),
                                note(4, hello, "", ""), note(5, hello, R"("as:Public")", "")});
  CHECK(sink.posts.size() == 3);
  CHECK(sink.skips(SkipReason::not_public) == 2);
}

TEST_CASE("what is left out is counted") {
  auto late = note(1, hello), timeless = note(1, hello);
  for (std::size_t at; (at = late.find("2023")) != std::string::npos;) late.replace(at, 4, "2033");
  for (std::size_t at; (at = timeless.find("12:00")) != std::string::npos;)
    timeless.replace(at, 5, "99:00");
  const auto sink = read_items(
      {R"({"type":"Announce","object":"https://x.example/1"})", R"({"type":"Delete","object":{}})",
       note(2, R"("content":"<p></p>",)"), late, timeless, R"({"type":"Like"})", "{}", "[]", "7",
       R"({"type":"Create","object":"https://m.example/1"})",
       note(3, R"("content":"caf)"
               "\xe9\","),
       note(4, R"("content":")" + std::string(max_item_bytes, 'x') + "\","), note(5, hello)});
  CHECK(sink.posts.size() == 1);
  CHECK(sink.skips(SkipReason::repost) == 1);
  CHECK(sink.skips(SkipReason::deleted) == 1);
  CHECK(sink.skips(SkipReason::no_text) == 1);
  CHECK(sink.skips(SkipReason::bad_time) == 2);
  CHECK(sink.skips(SkipReason::malformed) == 5);
  CHECK(sink.skips(SkipReason::bad_text) == 1);
  CHECK(sink.skips(SkipReason::too_large) == 1);
}

TEST_CASE("of entries with equal names the first counts") {
  const auto sink = read({{"actor.json", actor},
                          {"outbox.json", outbox_of({note(1, hello)})},
                          {"outbox.json", outbox_of({note(2, hello), note(3, hello)})},
                          {"actor.json", R"({"id":"https://evil.example/users/x"})"}});
  CHECK(sink.accounts.at(0).handle == "ana");
  CHECK(sink.posts.size() == 1);
}

TEST_CASE("a bare outbox takes its account from the first activity") {
  const support::TempFolder folder;
  const auto sink = read(folder.write("my-outbox.json", outbox_of({note(1, hello)})));
  REQUIRE(sink.accounts.size() == 1);
  CHECK(sink.was_account_first);
  CHECK(sink.accounts[0].external_id == "https://m.example/users/ana");
  CHECK(sink.accounts[0].handle == "ana");
  CHECK(sink.posts.size() == 1);
}

TEST_CASE("an archive that is none of Mastodon's is refused by its entry") {
  CHECK(fault_of({{"a.txt", ""}}) == "archive: has no outbox.json");
  CHECK(contains(fault_of({{"outbox.json", "{}"}, {"actor.json", actor}}),
                 "archive: outbox.json: has no list orderedItems"));
  CHECK(contains(fault_of({{"outbox.json", outbox_of({R"({"type":"Create"})"})}}),
                 "archive: outbox.json: names no account"));
  CHECK(contains(fault_of({{"actor.json", "{}"}}), "archive: actor.json: has no id"));
  CHECK(contains(fault_of({{"actor.json", "{"}}), "archive: actor.json: is not JSON"));
  CHECK(contains(fault_of({{"actor.json", std::string("\xff\xfe{\0", 4)}}), "is UTF-16"));
  CHECK(contains(fault_of({{"actor.json", "{\"id\":\"\xe9\"}"}}), "is not UTF-8"));
  CHECK(contains(fault_of({{"actor.json", std::string(max_item_bytes + 1, ' ')}}), "more than"));
  const auto outbox = outbox_of({note(1, hello)});
  CHECK(contains(fault_of({{"outbox.json", outbox.substr(0, 400)}, {"actor.json", actor}}),
                 "archive: outbox.json: byte 400: the JSON ends in the middle"));
}
