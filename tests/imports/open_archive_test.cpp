#include "imports/open_archive.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

#include "imports/handle_names.hpp"
#include "imports/imported_ids.hpp"
#include "recorded_posts.hpp"
#include "support/archive_writer.hpp"
#include "support/catch.hpp"
#include "support/error_code.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::imports;

namespace {

const std::filesystem::path archives =
    std::filesystem::path(std::getenv("FEEDCTL_SOURCE")) / "fixtures" / "archives";
const Time test_time = *parse_rfc3339("2026-01-01T00:00:00Z");

ArchiveFormat format_of(const std::filesystem::path& path) {
  auto archive = ArchiveFile::open(path);
  return detect_format(archive, path.filename().string());
}

RecordingSink read(const char* name, const std::optional<std::string>& handle = {}) {
  RecordingSink sink;
  read_archive(archives / name, sink, handle, {}, test_time);
  return sink;
}

std::string refusal_of(const std::filesystem::path& path) {
  try {
    format_of(path);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::bad_data);
    CHECK(error.hint().find("Mastodon (outbox.json), Twitter/X") != std::string::npos);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("archives of each network are told apart by what they hold") {
  CHECK(format_of(archives / "mastodon.tar.gz") == ArchiveFormat::mastodon);
  CHECK(format_of(archives / "mastodon.zip") == ArchiveFormat::mastodon);
  CHECK(format_of(archives / "twitter.zip") == ArchiveFormat::twitter);
  CHECK(format_of(archives / "twitter-2018.zip") == ArchiveFormat::twitter);
  CHECK(format_of(archives / "notes-ada.json") == ArchiveFormat::misskey);
  CHECK(format_of(archives / "misskey.zip") == ArchiveFormat::misskey);
  CHECK(format_of(archives / "bluesky.car") == ArchiveFormat::bluesky);
}

TEST_CASE("the name of a file does not decide") {
  const support::TempFolder folder;
  const auto outbox = R"({"type": "OrderedCollection", "orderedItems": []})";
  CHECK(format_of(folder.write("notes-ada.json", outbox)) == ArchiveFormat::mastodon);
  CHECK(format_of(folder.write("outbox.json", "\xef\xbb\xbf window.YTD.tweets.part0 = []")) ==
        ArchiveFormat::twitter);
  CHECK(format_of(folder.write("data.json", R"([{"id": "1", "createdAt": "", "cw": null}])")) ==
        ArchiveFormat::misskey);
  CHECK(format_of(folder.write("notes-2025.json", "[]")) == ArchiveFormat::misskey);
}

TEST_CASE("the message for anything else names what was found, and the formats") {
  const support::TempFolder folder;
  const auto path = folder.path() / "photos.zip";
  support::write_archive(path, support::ArchiveWriter::Format::zip,
                         {{"a.jpg", "x"},
                          {"b.json", "{\"a\": 1}"},
                          {"c.js", "run();"},
                          {"d.json", "[1, 2]"},
                          {"e.txt", ""},
                          {"f.txt", ""},
                          {"g.txt", ""}});
  CHECK(refusal_of(path) ==
        "photos.zip is no archive of a known network: it holds a.jpg, b.json, c.js, d.json, e.txt "
        "and 2 more");
  CHECK(refusal_of(folder.write("one.json", "{}")) ==
        "one.json is no archive of a known network: it holds one.json");
}

TEST_CASE("the archives in the repository are read as their networks mean them") {
  const auto mastodon = read("mastodon.tar.gz");
  CHECK(mastodon.accounts.at(0).handle == "ada");
  CHECK(mastodon.posts.size() == 4);
  CHECK(skip_counts(mastodon) == SkipCounts{{"repost", 1}, {"not_public", 1}, {"no_text", 1}});
  CHECK(read("mastodon.zip").posts.size() == 4);

  const auto twitter = read("twitter.zip");
  CHECK(twitter.accounts.at(0).external_id == "1001");
  CHECK(text_of(twitter, "1901") ==
        "The timetable: https://lake.example/times?day=sat&dir=north & the map: "
        "https://lake.example/map");
  CHECK(text_of(twitter, "1051") == "To the ferry <3");
  CHECK(twitter.posts.size() == 4);
  CHECK(twitter.follows == std::vector<std::string>{"1002", "1003"});
  CHECK(skip_counts(twitter) == SkipCounts{{"repost", 1}, {"no_text", 1}, {"bad_time", 1}});
  CHECK(read("twitter-2018.zip").posts.size() == 1);

  const auto misskey = read("misskey.zip", "ada");
  CHECK(misskey.posts.size() == 4);
  CHECK(skip_counts(misskey) == SkipCounts{{"repost", 1}, {"not_public", 1}});
  CHECK(read("notes-ada.json").accounts.at(0).handle == "ada");
  CHECK(support::error_code_of([] { read("misskey.zip"); }) == ErrorCode::bad_data);

  const auto bluesky = read("bluesky.car");
  CHECK(bluesky.accounts.at(0).external_id == "did:plc:lakelakelakelakelakelake");
  CHECK(bluesky.posts.size() == 2);
  CHECK(bluesky.follows == std::vector<std::string>{"did:plc:bobobobobobobobobobobobo"});
}

TEST_CASE("handles become valid ones, and none looks official") {
  CHECK(to_valid_handle("AdaL") == "adal");
  CHECK(to_valid_handle("@ada@lake.example") == "ada");
  CHECK(to_valid_handle("ada.bsky.social") == "ada_bsky_social");
  CHECK(to_valid_handle("a--b") == "a_b");
  CHECK(to_valid_handle("\xc3\xa4") == "user");
  CHECK(to_valid_handle("") == "user");
  CHECK(to_valid_handle("___") == "user");
  CHECK(to_valid_handle(std::string(50, 'x')) == std::string(32, 'x'));
  const auto names = handle_candidates("ada", "mastodon");
  CHECK(names[0] == "ada");
  CHECK(names[1] == "ada_mastodon");
  CHECK(names[2] == "ada_mastodon_2");
  CHECK(handle_candidates("admin", "twitter")[0] == "admin_twitter");
  for (const auto& name : handle_candidates(std::string(50, 'x'), "mastodon"))
    CHECK(is_valid_handle(name));
}

TEST_CASE("ids of imported posts are in the order of time, before and after the first id") {
  const auto at = [](const char* text) { return *parse_rfc3339(text); };
  Id last = 0;
  for (const char* time : {"2000-01-01T00:00:00Z", "2000-01-01T00:00:01Z", "2010-06-01T00:00:00Z",
                           "2024-12-31T23:59:59Z", "2025-01-01T00:00:00Z", "2025-01-01T00:00:01Z",
                           "2025-01-02T00:00:00Z", "2025-01-02T23:59:59Z", "2025-01-03T00:00:00Z",
                           "2025-10-01T00:00:00Z"}) {
    INFO(time);
    const auto id = first_id_of(at(time));
    CHECK(id > last);
    CHECK(is_bulk_id(id));
    last = id;
  }
  CHECK(time_of_id(first_id_of(at("2025-10-01T12:00:00.123Z"))) == at("2025-10-01T12:00:00.123Z"));
  CHECK(first_id_of(at("1990-01-01T00:00:00Z")) == first_id_of(at("2000-01-01T00:00:00Z")));
  Id id = first_id_of(at("2025-10-01T12:00:00Z"));
  for (int i = 0; i < 300; ++i) {
    const auto next = next_bulk_id(id);
    CHECK(next > id);
    CHECK(is_bulk_id(next));
    id = next;
  }
  CHECK(time_of_id(id) == at("2025-10-01T12:00:00.002Z"));
}

TEST_CASE("the hash of a post tells accounts and networks apart") {
  const auto hash = post_hash_of("twitter", "1", "23");
  CHECK(hash.size() == 32);
  CHECK(hash == post_hash_of("twitter", "1", "23"));
  CHECK(hash != post_hash_of("twitter", "12", "3"));
  CHECK(hash != post_hash_of("mastodon", "1", "23"));
}
