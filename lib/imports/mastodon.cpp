#include "imports/mastodon.hpp"

#include <optional>
#include <string>
#include <utility>

#include "imports/entry_name.hpp"
#include "imports/json_items.hpp"
#include "imports/mastodon_item.hpp"
#include "imports/post_checks.hpp"
#include "imports/small_entry.hpp"

namespace feedctl::imports {
namespace {

constexpr std::string_view outbox_name = "outbox.json";
constexpr std::string_view actor_name = "actor.json";
constexpr std::string_view follows_name = "following_accounts.csv";
constexpr std::size_t max_follow_line = 4096;

std::optional<ImportedAccount> find_account(ArchiveFile& archive) {
  archive.rewind();
  while (const auto entry = archive.next()) {
    if (base_name(entry->name) != actor_name) continue;
    auto account = to_account(read_json(archive));
    if (!account) throw archive.bad_data("has no id of the account");
    return account;
  }
  return std::nullopt;
}

// Posts of one outbox. Without an actor.json the first activity that names its actor is asked.
class OutboxReader {
 public:
  OutboxReader(ImportSink& sink, Time now, bool is_account_known)
      : sink_(sink), now_(now), is_account_known_(is_account_known) {}

  void read(ArchiveFile& archive) {
    JsonItemsOptions options;
    options.path = "orderedItems";
    options.members = activity_members();
    if (!is_account_known_) options.members.push_back("actor");
    JsonItems items(archive, options);
    while (const auto item = items.next()) read_item(archive, *item);
    for (std::size_t i = 0; i < items.too_large(); ++i) sink_.on_skipped(SkipReason::too_large);
    if (!items.has_array()) throw archive.bad_data("has no list orderedItems");
    if (!is_account_known_) throw archive.bad_data("names no account");
  }

 private:
  void read_item(ArchiveFile& archive, std::string_view item) {
    if (!is_account_known_) find_account_in(archive, item);
    const auto activity = parse_item(item, sink_);
    if (activity) deliver_activity(*activity, now_, sink_);
  }

  void find_account_in(ArchiveFile& archive, std::string_view item) {
    const auto* actor = static_cast<const std::string*>(nullptr);
    std::optional<json::Value> activity;
    try {
      activity = json::parse(item);
      actor = text_member(*activity, "actor");
    } catch (const Error&) {
    }
    if (!actor || actor->empty() || actor->size() > max_external_id_bytes)
      throw archive.bad_data("names no account").with_hint("import the whole archive instead");
    sink_.on_account(account_of_address(*actor));
    is_account_known_ = true;
  }

  ImportSink& sink_;
  Time now_;
  bool is_account_known_;
};

// "name@host" in the first column; "" for the heading and for what is no address.
std::string actor_of_line(std::string_view line) {
  auto address = line.substr(0, line.find(','));
  if (address.size() > 1 && address.front() == '"' && address.back() == '"')
    address = address.substr(1, address.size() - 2);
  if (!address.empty() && address.front() == '@') address.remove_prefix(1);
  const auto at = address.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == address.size()) return "";
  const auto actor = "https://" + std::string(address.substr(at + 1)) + "/users/" +
                     std::string(address.substr(0, at));
  return actor.find_first_of(" \t\"") == std::string::npos ? actor : "";
}

void read_follows(ArchiveFile& archive, ImportSink& sink) {
  for_each_line(archive, max_follow_line, [&](std::string_view line) {
    const auto actor = actor_of_line(line);
    if (!actor.empty() && actor.size() <= max_external_id_bytes) sink.on_follow(actor);
  });
}

}  // namespace

void read_mastodon(ArchiveFile& archive, ImportSink& sink, Time now) {
  const auto account = find_account(archive);
  if (account) sink.on_account(*account);
  archive.rewind();
  bool has_outbox = false, has_follows = false;
  while (const auto entry = archive.next()) {
    const auto name = base_name(entry->name);
    // Of entries with equal names the first one counts.
    if (!has_outbox && (name == outbox_name || archive.is_bare())) {
      has_outbox = true;
      OutboxReader(sink, now, account.has_value()).read(archive);
    } else if (!has_follows && account && name == follows_name) {
      has_follows = true;
      read_follows(archive, sink);
    }
  }
  if (!has_outbox) throw archive.bad_data("has no outbox.json");
}

}  // namespace feedctl::imports
