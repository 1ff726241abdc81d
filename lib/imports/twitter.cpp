#include "imports/twitter.hpp"

#include <optional>
#include <string>

#include "imports/entry_name.hpp"
#include "imports/json_items.hpp"
#include "imports/post_checks.hpp"
#include "imports/try_parse.hpp"
#include "imports/tweet.hpp"

namespace feedctl::imports {

namespace {

JsonItemsOptions assigned_list() {
  JsonItemsOptions options;
  options.allows_assignment = true;
  return options;
}

// Whether the entry is `stem`.js or stem-partN.js, in the folder data or in none.
bool is_part_of(std::string_view entry, std::string_view stem) {
  const auto name = base_name(entry);
  const auto folder = entry.substr(0, entry.size() - name.size());
  if (!folder.empty() && folder != "data/" && !folder.ends_with("/data/")) return false;
  if (!name.starts_with(stem) || !name.ends_with(".js")) return false;
  auto rest = name.substr(stem.size(), name.size() - stem.size() - 3);
  if (rest.empty()) return true;
  constexpr std::string_view part = "-part";
  if (!rest.starts_with(part)) return false;
  rest.remove_prefix(part.size());
  return !rest.empty() && rest.find_first_not_of("0123456789") == std::string_view::npos;
}

bool holds_tweets(std::string_view entry) {
  return is_part_of(entry, "tweets") || is_part_of(entry, "tweet");
}

std::optional<ImportedAccount> to_account(const json::Value& element) {
  const auto* account = element.find("account");
  const auto* id = account ? text_member(*account, "accountId") : nullptr;
  const auto* handle = account ? text_member(*account, "username") : nullptr;
  if (!id || !handle) return std::nullopt;
  ImportedAccount made{"twitter", *id, *handle, "", {}};
  if (const auto* name = text_member(*account, "accountDisplayName")) made.name = *name;
  if (const auto* created = text_member(*account, "createdAt"))
    made.created_at = parse_rfc3339(*created);
  return made;
}

ImportedAccount find_account(ArchiveFile& archive) {
  archive.rewind();
  while (const auto entry = archive.next()) {
    if (!is_part_of(entry->name, "account")) continue;
    JsonItems items(archive, assigned_list());
    while (const auto item = items.next()) {
      const auto element = try_parse(*item);
      if (auto account = element ? to_account(*element) : std::nullopt) return *account;
    }
    throw archive.bad_data("names no account");
  }
  throw archive.bad_data("has no data/account.js, so it does not say whose tweets these are")
      .with_hint("import the whole archive, as it was downloaded");
}

void read_tweets(ArchiveFile& archive, ImportSink& sink, Time now) {
  auto options = assigned_list();
  options.members = tweet_members();
  JsonItems items(archive, options);
  while (const auto item = items.next()) {
    if (const auto element = parse_item(*item, sink)) deliver_tweet(*element, now, sink);
  }
  for (std::size_t i = 0; i < items.too_large(); ++i) sink.on_skipped(SkipReason::too_large);
  if (!items.has_array()) throw archive.bad_data("has no list of tweets");
}

void read_following(ArchiveFile& archive, ImportSink& sink) {
  JsonItems items(archive, assigned_list());
  while (const auto item = items.next()) {
    const auto element = parse_item(*item, sink);
    const auto* following = element ? element->find("following") : nullptr;
    const auto* id = following ? text_member(*following, "accountId") : nullptr;
    if (id && !id->empty() && id->size() <= max_external_id_bytes) sink.on_follow(*id);
  }
}

}  // namespace

void read_twitter(ArchiveFile& archive, ImportSink& sink, Time now) {
  sink.on_account(find_account(archive));
  archive.rewind();
  bool has_tweets = false;
  while (const auto entry = archive.next()) {
    if (holds_tweets(entry->name)) {
      has_tweets = true;
      read_tweets(archive, sink, now);
    } else if (is_part_of(entry->name, "following")) {
      read_following(archive, sink);
    }
  }
  if (!has_tweets) throw archive.bad_data("has no data/tweets.js");
}

}  // namespace feedctl::imports
