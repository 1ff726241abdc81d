#include "imports/record_index.hpp"

#include "support/car_writer.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::imports;
using namespace feedctl::support;

namespace {

const std::string record = cbor_map({});

Sha256 named(char name) {
  return sha256({&name, 1});
}

// A link to the node of this name.
std::string link_to(char name) {
  return cid_of({&name, 1});
}

cbor::Value node_of(const std::string& key, const std::string& left) {
  return *cbor::decode(bluesky_node({{key, record}}, left));
}

}  // namespace

TEST_CASE("a tree whose nodes name each other ends") {
  RecordIndex index;
  CHECK(index.add_node(named('a'), node_of("app.bsky.feed.post/1", link_to('b'))));
  CHECK(index.add_node(named('b'), node_of("app.bsky.feed.post/2", link_to('a'))));
  CHECK(index.add_node(named('b'), node_of("app.bsky.feed.post/3", link_to('b'))));
  CHECK(index.add_node(named('c'), node_of("app.bsky.feed.post/4", "")));
  CHECK(index.finish(named('a')) == 0);
  const auto found = index.find(sha256(record));
  REQUIRE(found.size() == 2);
  for (const auto& each : found) {
    CHECK(each.collection == Collection::post);
    CHECK(index.key_of(each) < "4");
  }
  CHECK(index.find(named('a')).empty());
}

TEST_CASE("nodes that a tree lacks are counted once for each link") {
  RecordIndex index;
  CHECK(index.add_node(named('a'), node_of("app.bsky.graph.follow/1", link_to('z'))));
  CHECK(index.finish(named('a')) == 1);
  CHECK(index.records().size() == 1);
  RecordIndex empty;
  CHECK(empty.finish(named('a')) == 1);
  CHECK(empty.records().empty());
}

TEST_CASE("other collections are not kept") {
  RecordIndex index;
  CHECK(index.add_node(named('a'), node_of("app.bsky.feed.like/1", "")));
  CHECK(index.add_node(named('b'), node_of("app.bsky.feed.postgate/1", "")));
  CHECK(index.finish(named('a')) == 0);
  CHECK(index.records().empty());
}
