#include "imports/mastodon_item.hpp"

#include <algorithm>
#include <utility>

#include "imports/entry_name.hpp"
#include "imports/html_text.hpp"
#include "imports/post_checks.hpp"

namespace feedctl::imports {
namespace {

constexpr const char* network = "mastodon";

bool is_public_name(const json::Value& value) {
  const auto* name = value.text();
  return name && (*name == "https://www.w3.org/ns/activitystreams#Public" || *name == "as:Public" ||
                  *name == "Public");
}

bool names_public(const json::Value& value, std::string_view member) {
  const auto* recipients = value.find(member);
  if (!recipients) return false;
  const auto* list = recipients->array();
  if (!list) return is_public_name(*recipients);
  return std::any_of(list->begin(), list->end(), is_public_name);
}

bool is_note(const json::Value& object) {
  const auto* type = text_member(object, "type");
  return type && (*type == "Note" || *type == "Question" || *type == "Article");
}

// The content warning is plain text.
std::string text_of(const json::Value& note) {
  const auto* html = text_member(note, "content");
  auto text = html ? html_to_text(*html) : "";
  const auto* warning = text_member(note, "summary");
  if (!warning || warning->empty()) return text;
  return text.empty() ? *warning : *warning + "\n\n" + text;
}

bool is_reply(const json::Value& note) {
  const auto* parent = note.find("inReplyTo");
  return parent && !parent->is_null();
}

void deliver_note(const json::Value& note, Time now, ImportSink& sink) {
  const auto* id = text_member(note, "id");
  if (!id || !is_note(note)) return sink.on_skipped(SkipReason::malformed);
  if (!names_public(note, "to") && !names_public(note, "cc"))
    return sink.on_skipped(SkipReason::not_public);
  const auto* published = text_member(note, "published");
  const auto at = published ? parse_rfc3339(*published) : std::nullopt;
  if (!at) return sink.on_skipped(SkipReason::bad_time);
  ImportedPost post;
  post.external_id = *id;
  post.at = *at;
  post.text = text_of(note);
  post.is_reply = is_reply(note);
  deliver_post(std::move(post), now, sink);
}

}  // namespace

const std::vector<std::string>& activity_members() {
  static const std::vector<std::string> members{
      "type",      "object.id",      "object.type",      "object.published", "object.to",
      "object.cc", "object.summary", "object.inReplyTo", "object.content"};
  return members;
}

void deliver_activity(const json::Value& activity, Time now, ImportSink& sink) {
  const auto* type = text_member(activity, "type");
  const auto* object = activity.find("object");
  if (!type) return sink.on_skipped(SkipReason::malformed);
  if (*type == "Announce") return sink.on_skipped(SkipReason::repost);
  if (*type == "Delete") return sink.on_skipped(SkipReason::deleted);
  if (*type != "Create" || !object) return sink.on_skipped(SkipReason::malformed);
  deliver_note(*object, now, sink);
}

std::optional<ImportedAccount> to_account(const json::Value& actor) {
  const auto* id = text_member(actor, "id");
  if (!id || id->empty() || id->size() > max_external_id_bytes) return std::nullopt;
  auto account = account_of_address(*id);
  if (const auto* handle = text_member(actor, "preferredUsername")) account.handle = *handle;
  if (const auto* name = text_member(actor, "name")) account.name = *name;
  if (const auto* created = text_member(actor, "published"))
    account.created_at = parse_rfc3339(*created);
  return account;
}

ImportedAccount account_of_address(const std::string& address) {
  ImportedAccount account;
  account.network = network;
  account.external_id = address;
  account.handle = base_name(address);
  account.name = account.handle;
  return account;
}

}  // namespace feedctl::imports
