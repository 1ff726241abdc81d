#include "imports/bluesky.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/ascii.hpp"
#include "imports/car.hpp"
#include "imports/cbor.hpp"
#include "imports/post_checks.hpp"
#include "imports/record_index.hpp"

namespace feedctl::imports {
namespace {

constexpr std::size_t max_did = 256;
constexpr std::size_t max_profiles = 16;
constexpr std::string_view post_type = "app.bsky.feed.post";
constexpr std::string_view follow_type = "app.bsky.graph.follow";
constexpr std::string_view profile_type = "app.bsky.actor.profile";

const std::string* text_member(const cbor::Value& value, std::string_view key) {
  const auto* member = value.find(key);
  return member ? member->text() : nullptr;
}

bool has_type(const cbor::Value& record, std::string_view type) {
  const auto* found = text_member(record, "$type");
  return found && *found == type;
}

bool is_did(const std::string& text) {
  return text.size() <= max_did && text.rfind("did:", 0) == 0 &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
             "._:%-") == std::string::npos;
}

CarReader car_of(ArchiveFile& archive) {
  return {[&archive](std::span<char> buffer) { return archive.read(buffer); }, archive.where()};
}

// Goes to the first CAR file.
void find_car(ArchiveFile& archive) {
  archive.rewind();
  while (const auto entry = archive.next()) {
    if (to_lower(entry->name).ends_with(".car")) return;
  }
  throw archive.bad_data("has no CAR file");
}

// What the first reading finds: whose repository it is, and the names of the records.
class Repository {
 public:
  Repository(ArchiveFile& archive, ImportSink& sink) : archive_(archive), sink_(sink) {}

  void read() {
    auto car = car_of(archive_);
    if (car.roots().empty()) throw archive_.bad_data("names no commit");
    while (const auto block = car.next()) read_block(*block, car.roots().front());
    if (did_.empty()) throw archive_.bad_data("has no commit");
    const auto missing = index_.finish(tree_);
    tell_account();
    for (auto left = missing; left > 0; --left) sink_.on_skipped(SkipReason::malformed);
    for (auto left = car.too_large(); left > 0; --left) sink_.on_skipped(SkipReason::too_large);
  }

  const std::string& did() const { return did_; }
  RecordIndex& index() { return index_; }

 private:
  void read_block(const CarBlock& block, const Cid& root) {
    if (block.cid == root) {
      if (did_.empty()) read_commit(block);
    } else if (RecordIndex::can_be_node(block.data)) {
      read_node(block);
    } else if (block.data.find(profile_type) != std::string_view::npos) {
      note_profile(block);
    }
  }

  void read_commit(const CarBlock& block) {
    const auto commit = is_intact(block) ? cbor::decode(block.data) : std::nullopt;
    const auto* did = commit ? text_member(*commit, "did") : nullptr;
    const auto* tree = commit ? commit->find("data") : nullptr;
    if (!did || !is_did(*did) || !tree || !tree->cid())
      throw archive_.bad_data("its commit is damaged").with_hint("export the repository again");
    did_ = *did;
    tree_ = tree->cid()->hash;
  }

  // A damaged one is missing in the end.
  void read_node(const CarBlock& block) {
    const auto node = is_intact(block) ? cbor::decode(block.data) : std::nullopt;
    if (node) index_.add_node(block.cid.hash, *node);
  }

  // Whether it is the account's own shows at the end: other records may mention the type.
  void note_profile(const CarBlock& block) {
    if (profiles_.size() >= max_profiles || !is_intact(block)) return;
    auto record = cbor::decode(block.data);
    if (record && has_type(*record, profile_type))
      profiles_.emplace(block.cid.hash, std::move(*record));
  }

  void tell_account() {
    ImportedAccount account{"bluesky", did_, did_.substr(did_.rfind(':') + 1), "", std::nullopt};
    for (const auto& [hash, profile] : profiles_) {
      if (index_.find(hash).empty()) continue;
      if (const auto* name = text_member(profile, "displayName")) account.name = *name;
      if (const auto* created = text_member(profile, "createdAt"))
        account.created_at = parse_rfc3339(*created);
    }
    sink_.on_account(account);
  }

  ArchiveFile& archive_;
  ImportSink& sink_;
  RecordIndex index_;
  std::string did_;
  Sha256 tree_{};
  std::map<Sha256, cbor::Value> profiles_;
};

// The second reading.
class RecordReader {
 public:
  RecordReader(Repository& repository, ImportSink& sink, Time now)
      : did_(repository.did()), index_(repository.index()), sink_(sink), now_(now) {}

  void read(ArchiveFile& archive) {
    auto car = car_of(archive);
    while (const auto block = car.next()) read_block(*block);
    for (const auto& record : index_.records()) {
      if (record.collection == Collection::repost)
        sink_.on_skipped(SkipReason::repost);
      else if (!record.was_read)
        sink_.on_skipped(SkipReason::malformed);
    }
  }

 private:
  void read_block(const CarBlock& block) {
    const auto records = index_.find(block.cid.hash);
    if (records.empty() || !is_intact(block)) return;
    const auto content = cbor::decode(block.data);
    for (auto& record : records) {
      if (!std::exchange(record.was_read, true)) deliver(record, content);
    }
  }

  void deliver(const RecordIndex::Record& record, const std::optional<cbor::Value>& content) {
    const bool has_content = record.collection == Collection::post ||  //
                             record.collection == Collection::follow;
    if (!has_content) return;
    const auto type = record.collection == Collection::post ? post_type : follow_type;
    if (!content || !has_type(*content, type)) return sink_.on_skipped(SkipReason::malformed);
    if (record.collection == Collection::post)
      deliver_bluesky_post(index_.key_of(record), *content);
    else
      deliver_follow(*content);
  }

  void deliver_bluesky_post(std::string_view key, const cbor::Value& content) {
    const auto* text = text_member(content, "text");
    const auto* created = text_member(content, "createdAt");
    if (!text) return sink_.on_skipped(SkipReason::malformed);
    const auto at = created ? parse_rfc3339(*created) : std::nullopt;
    if (!at) return sink_.on_skipped(SkipReason::bad_time);
    ImportedPost post;
    post.external_id = "at://" + did_ + "/" + std::string(post_type) + "/" + std::string(key);
    post.at = *at;
    post.text = *text;
    post.is_reply = content.find("reply") != nullptr;
    deliver_post(std::move(post), now_, sink_);
  }

  void deliver_follow(const cbor::Value& content) {
    const auto* subject = text_member(content, "subject");
    if (!subject || !is_did(*subject)) return sink_.on_skipped(SkipReason::malformed);
    sink_.on_follow(*subject);
  }

  const std::string& did_;
  RecordIndex& index_;
  ImportSink& sink_;
  Time now_;
};

}  // namespace

void read_bluesky(ArchiveFile& archive, ImportSink& sink, Time now) {
  Repository repository(archive, sink);
  find_car(archive);
  repository.read();
  find_car(archive);
  RecordReader(repository, sink, now).read(archive);
}

}  // namespace feedctl::imports
