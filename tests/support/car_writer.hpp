#pragma once
// Writes DAG-CBOR and CAR files, for tests: also malformed ones, since each piece is bytes. Pure
// functions. EXTERNAL feedctl_test_archives.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace feedctl::support {

// Items of CBOR, encoded.
std::string cbor_integer(std::uint64_t value);
std::string cbor_text(std::string_view text);
std::string cbor_bytes(std::string_view bytes);
std::string cbor_null();
std::string cbor_array(const std::vector<std::string>& items);
// In the order given: canonical is the shorter key first, then by bytes.
std::string cbor_map(const std::vector<std::pair<std::string, std::string>>& members);
std::string cbor_link(std::string_view cid);

// The identifier of a DAG-CBOR block.
std::string cid_of(std::string_view block);

std::string car_varint(std::uint64_t value);
std::string car_header(const std::string& root_cid);
// A block under its own identifier, or under another.
std::string car_block(std::string_view block);
std::string car_block(std::string_view block, const std::string& cid);

// A repository of Bluesky with one tree node. Records come in the order of their keys.
struct BlueskyRecord {
  std::string key;  // "app.bsky.feed.post/3k2a"
  std::string block;
};
std::string bluesky_node(const std::vector<BlueskyRecord>& records,
                         const std::string& left_cid = "");
std::string bluesky_commit(const std::string& did, const std::string& tree_cid);
std::string bluesky_repository(const std::string& did, const std::vector<BlueskyRecord>& records);

std::string bluesky_post(std::string_view text, std::string_view created_at, bool is_reply = false);
std::string bluesky_follow(std::string_view did);
std::string bluesky_profile(std::string_view name);

}  // namespace feedctl::support
