#pragma once
// The names of a Bluesky repository's records by their hash, from the nodes of its Merkle search
// tree. Nodes may come in any order; only those that the root reaches count, each once, so that
// cycles do no harm. Memory: 40 bytes and the key for each post and follow, at most max_bytes. One
// thread. Source: atproto.com/specs/repository.
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "imports/cbor.hpp"
#include "imports/cid.hpp"

namespace feedctl::imports {

enum class Collection : std::uint8_t { post, repost, follow, profile };

class RecordIndex {
 public:
  static constexpr std::size_t max_bytes = 256 << 20;

  struct Record {
    Sha256 hash;
    std::uint32_t key_offset;
    std::uint16_t key_size;
    Collection collection;
    bool was_read;  // for the caller
  };

  // Whether a block's bytes can be a node.
  static bool can_be_node(std::string_view block);

  // False: no well-formed node; nothing is added. Error(bad_data) above max_bytes.
  bool add_node(const Sha256& hash, const cbor::Value& node);
  // After the last node: drops what `root` does not reach. Gives how many nodes are missing.
  std::size_t finish(const Sha256& root);

  // The records with this content: seldom more than one. After finish().
  std::span<Record> find(const Sha256& hash);
  std::span<const Record> records() const { return records_; }
  // The record's key within its collection.
  std::string_view key_of(const Record& record) const;

 private:
  struct Node {
    Sha256 hash;
    std::uint32_t first_record;
    std::uint32_t record_count;
    std::uint32_t first_child;
    std::uint32_t child_count;
    bool is_reached;
  };

  bool add_entries(const cbor::Array& entries);
  bool add_child(const cbor::Value* link);
  void add_record(std::string_view key, const Cid& value);
  Node* find_node(const Sha256& hash);
  std::size_t mark_reached(const Sha256& root);
  void keep_reached();
  std::size_t size_in_bytes() const;

  std::vector<Record> records_;
  std::vector<Node> nodes_;
  std::vector<Sha256> children_;
  std::string keys_;
};

}  // namespace feedctl::imports
