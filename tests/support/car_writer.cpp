#include "support/car_writer.hpp"

#include <algorithm>

#include "base/sha256.hpp"

namespace feedctl::support {
namespace {

std::string head(unsigned major, std::uint64_t value) {
  const auto first = [&](unsigned info) {
    return std::string(1, static_cast<char>(major << 5 | info));
  };
  if (value < 24) return first(static_cast<unsigned>(value));
  unsigned info = 24;
  std::size_t size = 1;
  while (size < 8 && value >> (8 * size) != 0) size *= 2, ++info;
  auto bytes = first(info);
  for (std::size_t i = size; i-- > 0;) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

}  // namespace

std::string cbor_integer(std::uint64_t value) {
  return head(0, value);
}

std::string cbor_text(std::string_view text) {
  return head(3, text.size()).append(text);
}

std::string cbor_bytes(std::string_view bytes) {
  return head(2, bytes.size()).append(bytes);
}

std::string cbor_null() {
  return "\xf6";
}

std::string cbor_array(const std::vector<std::string>& items) {
  auto bytes = head(4, items.size());
  for (const auto& item : items) bytes += item;
  return bytes;
}

std::string cbor_map(const std::vector<std::pair<std::string, std::string>>& members) {
  auto bytes = head(5, members.size());
  for (const auto& [key, value] : members) bytes += cbor_text(key) + value;
  return bytes;
}

std::string cbor_link(std::string_view cid) {
  return "\xd8\x2a" + cbor_bytes(std::string(1, '\0').append(cid));
}

std::string cid_of(std::string_view block) {
  const auto hash = sha256(block);
  return "\x01\x71\x12\x20" + std::string(hash.begin(), hash.end());
}

std::string car_varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string car_header(const std::string& root_cid) {
  const auto header =
      cbor_map({{"roots", cbor_array({cbor_link(root_cid)})}, {"version", cbor_integer(1)}});
  return car_varint(header.size()) + header;
}

std::string car_block(std::string_view block) {
  return car_block(block, cid_of(block));
}

std::string car_block(std::string_view block, const std::string& cid) {
  return (car_varint(cid.size() + block.size()) + cid).append(block);
}

std::string bluesky_node(const std::vector<BlueskyRecord>& records, const std::string& left_cid) {
  std::vector<std::string> entries;
  std::string before;
  for (const auto& record : records) {
    const auto end =
        std::mismatch(before.begin(), before.end(), record.key.begin(), record.key.end());
    const auto shared = static_cast<std::size_t>(end.first - before.begin());
    entries.push_back(cbor_map({{"k", cbor_bytes(record.key.substr(shared))},
                                {"p", cbor_integer(shared)},
                                {"t", cbor_null()},
                                {"v", cbor_link(cid_of(record.block))}}));
    before = record.key;
  }
  return cbor_map(
      {{"e", cbor_array(entries)}, {"l", left_cid.empty() ? cbor_null() : cbor_link(left_cid)}});
}

std::string bluesky_commit(const std::string& did, const std::string& tree_cid) {
  return cbor_map({{"did", cbor_text(did)},
                   {"rev", cbor_text("3k2aaaaaaaa2a")},
                   {"sig", cbor_bytes(std::string(64, 's'))},
                   {"data", cbor_link(tree_cid)},
                   {"prev", cbor_null()},
                   {"version", cbor_integer(3)}});
}

std::string bluesky_repository(const std::string& did, const std::vector<BlueskyRecord>& records) {
  const auto node = bluesky_node(records);
  const auto commit = bluesky_commit(did, cid_of(node));
  auto file = car_header(cid_of(commit)) + car_block(commit) + car_block(node);
  for (const auto& record : records) file += car_block(record.block);
  return file;
}

std::string bluesky_post(std::string_view text, std::string_view created_at, bool is_reply) {
  std::vector<std::pair<std::string, std::string>> members{
      {"text", cbor_text(text)}, {"$type", cbor_text("app.bsky.feed.post")}};
  if (is_reply) members.emplace_back("reply", cbor_map({{"root", cbor_map({})}}));
  members.emplace_back("createdAt", cbor_text(created_at));
  return cbor_map(members);
}

std::string bluesky_follow(std::string_view did) {
  return cbor_map({{"$type", cbor_text("app.bsky.graph.follow")},
                   {"subject", cbor_text(did)},
                   {"createdAt", cbor_text("2023-05-01T00:00:00Z")}});
}

std::string bluesky_profile(std::string_view name) {
  return cbor_map(
      {{"$type", cbor_text("app.bsky.actor.profile")}, {"displayName", cbor_text(name)}});
}

}  // namespace feedctl::support
