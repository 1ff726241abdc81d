#include "imports/record_index.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/error.hpp"

namespace feedctl::imports {
namespace {

constexpr std::size_t max_key = 1024;

constexpr std::array<std::pair<std::string_view, Collection>, 4> collections{{
    {"app.bsky.feed.post/", Collection::post},
    {"app.bsky.feed.repost/", Collection::repost},
    {"app.bsky.graph.follow/", Collection::follow},
    {"app.bsky.actor.profile/", Collection::profile},
}};

struct ByHash {
  template <typename Item>
  bool operator()(const Item& a, const Item& b) const {
    return a.hash < b.hash;
  }
  template <typename Item>
  bool operator()(const Item& a, const Sha256& b) const {
    return a.hash < b;
  }
  template <typename Item>
  bool operator()(const Sha256& a, const Item& b) const {
    return a < b.hash;
  }
};

// An entry shares the first `p` bytes of its key with the entry before; nullopt: malformed.
std::optional<std::string> key_of_entry(const cbor::Value& entry, const std::string& before) {
  const auto* shared = entry.find("p");
  const auto* rest = entry.find("k");
  if (!shared || !shared->integer() || !rest || !rest->bytes()) return std::nullopt;
  const auto count = *shared->integer();
  if (count < 0 || static_cast<std::uint64_t>(count) > before.size()) return std::nullopt;
  auto key = before.substr(0, static_cast<std::size_t>(count)) + rest->bytes()->bytes;
  if (key.empty() || key.size() > max_key) return std::nullopt;
  return key;
}

}  // namespace

bool RecordIndex::can_be_node(std::string_view block) {
  return block.substr(0, 3) == "\xa2\x61\x65";  // a map of two, whose first key is "e"
}

bool RecordIndex::add_node(const Sha256& hash, const cbor::Value& node) {
  const auto* entries = node.find("e");
  const auto* left = node.find("l");
  if (!entries || !entries->array() || !left) return false;
  const auto records = records_.size(), children = children_.size(), keys = keys_.size();
  if (!add_child(left) || !add_entries(*entries->array())) {
    records_.resize(records);
    children_.resize(children);
    keys_.resize(keys);
    return false;
  }
  nodes_.push_back({hash, static_cast<std::uint32_t>(records),
                    static_cast<std::uint32_t>(records_.size() - records),
                    static_cast<std::uint32_t>(children),
                    static_cast<std::uint32_t>(children_.size() - children), false});
  if (size_in_bytes() > max_bytes)
    throw Error(ErrorCode::bad_data, "the repository has too many records")
        .with_hint("it can have some four million posts and follows");
  return true;
}

bool RecordIndex::add_entries(const cbor::Array& entries) {
  std::string key;
  for (const auto& entry : entries) {
    auto next = key_of_entry(entry, key);
    const auto* value = entry.find("v");
    if (!next || !value || !value->cid() || !add_child(entry.find("t"))) return false;
    key = std::move(*next);
    add_record(key, *value->cid());
  }
  return true;
}

bool RecordIndex::add_child(const cbor::Value* link) {
  if (!link || link->is_null()) return true;
  if (!link->cid()) return false;
  children_.push_back(link->cid()->hash);
  return true;
}

void RecordIndex::add_record(std::string_view key, const Cid& value) {
  for (const auto& [prefix, collection] : collections) {
    if (key.substr(0, prefix.size()) != prefix) continue;
    key.remove_prefix(prefix.size());
    records_.push_back({value.hash, static_cast<std::uint32_t>(keys_.size()),
                        static_cast<std::uint16_t>(key.size()), collection, false});
    keys_.append(key);
    return;
  }
}

std::size_t RecordIndex::size_in_bytes() const {
  return records_.size() * sizeof(Record) + nodes_.size() * sizeof(Node) +
         children_.size() * sizeof(Sha256) + keys_.size();
}

std::size_t RecordIndex::finish(const Sha256& root) {
  std::sort(nodes_.begin(), nodes_.end(), ByHash{});
  const auto missing = mark_reached(root);
  keep_reached();
  std::sort(records_.begin(), records_.end(), ByHash{});
  return missing;
}

RecordIndex::Node* RecordIndex::find_node(const Sha256& hash) {
  const auto at = std::lower_bound(nodes_.begin(), nodes_.end(), hash, ByHash{});
  return at == nodes_.end() || at->hash != hash ? nullptr : &*at;
}

std::size_t RecordIndex::mark_reached(const Sha256& root) {
  std::size_t missing = 0;
  std::vector<Sha256> pending{root};
  while (!pending.empty()) {
    auto* node = find_node(pending.back());
    pending.pop_back();
    if (!node) {
      ++missing;
    } else if (!std::exchange(node->is_reached, true)) {
      const auto first = children_.begin() + node->first_child;
      pending.insert(pending.end(), first, first + node->child_count);
    }
  }
  return missing;
}

// Nodes lie in the order of their hashes, records in that of the file.
void RecordIndex::keep_reached() {
  std::vector<bool> is_kept(records_.size());
  for (const auto& node : nodes_) {
    if (!node.is_reached) continue;
    for (std::uint32_t i = 0; i < node.record_count; ++i) is_kept[node.first_record + i] = true;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (is_kept[i]) records_[kept++] = records_[i];
  }
  records_.resize(kept);
  nodes_ = {};
  children_ = {};
}

std::span<RecordIndex::Record> RecordIndex::find(const Sha256& hash) {
  const auto [first, last] = std::equal_range(records_.begin(), records_.end(), hash, ByHash{});
  return {first, last};
}

std::string_view RecordIndex::key_of(const Record& record) const {
  return std::string_view(keys_).substr(record.key_offset, record.key_size);
}

}  // namespace feedctl::imports
