#include "imports/bluesky.hpp"

#include <algorithm>

#include "imports/car.hpp"
#include "imports/recording_sink.hpp"
#include "support/archive_writer.hpp"
#include "support/car_writer.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::imports;
using namespace feedctl::support;

namespace {

const Time now_ = *parse_rfc3339("2025-06-01T00:00:00Z");
const std::string did = "did:plc:ana234567";
const char* const day = "2023-05-01T12:00:00.500Z";

RecordingSink read(const std::filesystem::path& path) {
  RecordingSink sink;
  auto archive = ArchiveFile::open(path);
  read_bluesky(archive, sink, now_);
  return sink;
}

RecordingSink read_car(const std::string& bytes) {
  const TempFolder folder;
  return read(folder.write("repo.car", bytes));
}

std::string fault_of(const std::string& bytes) {
  return bad_data_of([&] { read_car(bytes); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<BlueskyRecord> some_records() {
  return {{"app.bsky.actor.profile/self", bluesky_profile("Ana \xc3\x89")},
          {"app.bsky.feed.like/3k2a", cbor_map({{"$type", cbor_text("app.bsky.feed.like")}})},
          {"app.bsky.feed.post/3k2a", bluesky_post("one", day)},
          {"app.bsky.feed.post/3k2b", bluesky_post("two", day, true)},
          {"app.bsky.feed.repost/3k2a", cbor_map({{"$type", cbor_text("app.bsky.feed.repost")}})},
          {"app.bsky.graph.follow/3k2a", bluesky_follow("did:plc:bob234567")}};
}

bool is_earlier(const ImportedPost& a, const ImportedPost& b) {
  return a.external_id < b.external_id;
}

}  // namespace

TEST_CASE("a repository gives its account, posts and follows") {
  const TempFolder folder;
  const auto car = bluesky_repository(did, some_records());
  const auto bare = folder.write("repo.car", car);
  const auto packed = write_archive(folder.path() / "a.zip", ArchiveWriter::Format::zip,
                                    {{"readme.txt", "x"}, {"repo.car", car}});
  for (const auto& path : {bare, packed}) {
    auto sink = read(path);
    std::sort(sink.posts.begin(), sink.posts.end(), is_earlier);
    REQUIRE(sink.accounts.size() == 1);
    CHECK(sink.was_account_first);
    CHECK(sink.accounts[0].network == "bluesky");
    CHECK(sink.accounts[0].external_id == did);
    CHECK(sink.accounts[0].handle == "ana234567");
    CHECK(sink.accounts[0].name == "Ana \xc3\x89");
    REQUIRE(sink.posts.size() == 2);
    CHECK(sink.posts[0].external_id == "at://did:plc:ana234567/app.bsky.feed.post/3k2a");
    CHECK(sink.posts[0].at == *parse_rfc3339(day));
    CHECK(sink.posts[0].text == "one");
    CHECK_FALSE(sink.posts[0].is_reply);
    CHECK(sink.posts[1].is_reply);
    CHECK(sink.follows == std::vector<std::string>{"did:plc:bob234567"});
    CHECK(sink.skips(SkipReason::repost) == 1);
    CHECK(sink.all_skips() == 1);
  }
}

TEST_CASE("equal contents under two keys are two posts") {
  const auto post = bluesky_post("same", day);
  auto sink = read_car(bluesky_repository(
      did, {{"app.bsky.feed.post/3k2a", post}, {"app.bsky.feed.post/3k2b", post}}));
  CHECK(sink.posts.size() == 2);
}

TEST_CASE("only what the commit's tree reaches counts, and cycles do no harm") {
  const auto kept = bluesky_post("kept", day), deleted = bluesky_post("deleted", day);
  const auto leaf = bluesky_node({{"app.bsky.feed.post/3k2a", kept}});
  const auto stale = bluesky_node({{"app.bsky.feed.post/3k2b", deleted}});
  // No node can hold its own hash: the block lies about it, so it does not count.
  const auto root = bluesky_node({}, cid_of(leaf));
  const auto looping = bluesky_node({}, cid_of(root));
  const auto commit = bluesky_commit(did, cid_of(root));
  // Blocks come in any order, also twice.
  const auto file = car_header(cid_of(commit)) + car_block(kept) + car_block(leaf) +
                    car_block(leaf) + car_block(stale) + car_block(deleted) + car_block(commit) +
                    car_block(looping, cid_of(leaf)) + car_block(kept) + car_block(root);
  const auto sink = read_car(file);
  REQUIRE(sink.posts.size() == 1);
  CHECK(sink.posts[0].text == "kept");
  CHECK(sink.all_skips() == 0);
}

TEST_CASE("blocks with another hash and missing ones are counted") {
  const auto good = bluesky_post("good", day), bad = bluesky_post("bad!", day);
  const std::vector<BlueskyRecord> records{{"app.bsky.feed.post/3k2a", good},
                                           {"app.bsky.feed.post/3k2b", bad},
                                           {"app.bsky.feed.post/3k2c", "missing"}};
  const auto node = bluesky_node(records, cid_of("no such node"));
  const auto commit = bluesky_commit(did, cid_of(node));
  const auto sink = read_car(car_header(cid_of(commit)) + car_block(commit) + car_block(node) +
                             car_block(good) + car_block(bluesky_post("evil", day), cid_of(bad)));
  CHECK(sink.posts.size() == 1);
  CHECK(sink.skips(SkipReason::malformed) == 3);
}

TEST_CASE("records that are no posts are left out with the reason") {
  const std::string prefix = "app.bsky.feed.post/";
  const auto sink = read_car(bluesky_repository(
      did, {{prefix + "a", bluesky_post("", day)},
            {prefix + "b", bluesky_post("late", "2033-01-01T00:00:00Z")},
            {prefix + "c", bluesky_post("when", "yesterday")},
            {prefix + "d", cbor_map({{"$type", cbor_text("app.bsky.feed.like")}})},
            {prefix + "e", "\xff"},
            {prefix + "f", bluesky_post("good", day)},
            {"app.bsky.graph.follow/a", bluesky_follow("bob.example")}}));
  CHECK(sink.posts.size() == 1);
  CHECK(sink.skips(SkipReason::no_text) == 1);
  CHECK(sink.skips(SkipReason::bad_time) == 2);
  CHECK(sink.skips(SkipReason::malformed) == 3);
}

TEST_CASE("malformed nodes name nothing") {
  const auto post = bluesky_post("post", day);
  const auto entry = [&](std::uint64_t shared, const std::string& key) {
    return cbor_map({{"k", cbor_bytes(key)},
                     {"p", cbor_integer(shared)},
                     {"t", cbor_null()},
                     {"v", cbor_link(cid_of(post))}});
  };
  const auto key = "app.bsky.feed.post/" + std::string(2000, 'x');
  for (const auto& bad : {entry(1, "app.bsky.feed.post/a"), entry(1ULL << 40, "a"), entry(0, ""),
                          entry(0, key), cbor_null(), cbor_map({})}) {
    const auto node = cbor_map({{"e", cbor_array({bad})}, {"l", cbor_null()}});
    const auto commit = bluesky_commit(did, cid_of(node));
    const auto sink = read_car(car_header(cid_of(commit)) + car_block(commit) + car_block(node) +
                               car_block(post));
    CHECK(sink.posts.empty());
    CHECK(sink.skips(SkipReason::malformed) == 1);
  }
}

TEST_CASE("blocks that are too large or of another hash function are passed by") {
  const auto post = bluesky_post("post", day);
  const auto car = bluesky_repository(did, {{"app.bsky.feed.post/3k2a", post}});
  const auto large = car_block(std::string(CarReader::max_block_bytes + 1000, 'x'));
  const auto other = car_block("block", "\x01\x71\x13\x20" + std::string(32, 'h'));
  const auto sink = read_car(car + large + other);
  CHECK(sink.posts.size() == 1);
  CHECK(sink.skips(SkipReason::too_large) == 1);
}

TEST_CASE("what is no CAR file, or a cut one, is refused") {
  const auto car = bluesky_repository(did, some_records());
  CHECK(contains(fault_of("hello, this is a text"), "is no CAR file"));
  CHECK(contains(fault_of(car_varint(~0ULL) + "x"), "a length is malformed"));
  CHECK(contains(fault_of(std::string(20, '\xff')), "a length is malformed"));
  CHECK(contains(fault_of(car_varint(1 << 30) + "x"), "its header is too long"));
  const auto header =
      cbor_map({{"roots", cbor_array({cbor_link(cid_of("x"))})}, {"version", cbor_integer(2)}});
  CHECK(contains(fault_of(car_varint(header.size()) + header), "of version 2"));
  CHECK(contains(fault_of(car_header(cid_of("x"))), "has no commit"));
  CHECK(contains(fault_of(car + car_varint((1ULL << 63) - 1) + "x"), "ends in the middle"));
  CHECK(contains(fault_of(car + car_varint(0)), "a length is malformed"));
  CHECK(contains(fault_of(car.substr(0, car.size() - 1)), "ends in the middle"));
  const auto commit = bluesky_commit("no did", cid_of("x"));
  CHECK(contains(fault_of(car_header(cid_of(commit)) + car_block(commit)), "commit is damaged"));
  CHECK(contains(fault_of(car_header(cid_of(commit)) + car_block("x", cid_of(commit))),
                 "commit is damaged"));
}

TEST_CASE("every cut of a repository is refused or gives what is whole") {
  const auto car = bluesky_repository(did, some_records());
  for (std::size_t size = 0; size < car.size(); size += 7) {
    const TempFolder folder;
    const auto path = folder.write("repo.car", car.substr(0, size));
    RecordingSink sink;
    const auto fault = bad_data_of([&] {
      auto archive = ArchiveFile::open(path);
      read_bluesky(archive, sink, now_);
    });
    CHECK((!fault.empty() || sink.accounts.size() == 1));
  }
}
