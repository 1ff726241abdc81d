#include "imports/misskey.hpp"

#include <utility>

#include "imports/entry_name.hpp"
#include "imports/json_items.hpp"
#include "imports/post_checks.hpp"
#include "imports/try_parse.hpp"

namespace feedctl::imports {

namespace {

constexpr std::string_view start_of_name = "notes-", end_of_name = ".json";

JsonItemsOptions note_list() {
  JsonItemsOptions options;
  options.members = {"id",         "createdAt", "text",    "cw",
                     "visibility", "renoteId",  "replyId", "userId"};
  return options;
}

bool holds_notes(std::string_view entry) {
  const auto name = base_name(entry);
  return name.ends_with(end_of_name) && (name.starts_with(start_of_name) || name == "notes.json");
}

// A file that is no archive may have any name.
bool is_note_file(std::string_view entry, bool has_only_one) {
  return holds_notes(entry) || (has_only_one && entry.ends_with(end_of_name));
}

bool has_only_one_entry(ArchiveFile& archive) {
  archive.rewind();
  return archive.next() && !archive.next();
}

// "ada" of notes-ada.json; exports are named by their time, which names nobody.
std::optional<std::string> name_in(std::string_view entry) {
  auto name = base_name(entry);
  if (!name.starts_with(start_of_name) || !name.ends_with(end_of_name)) return std::nullopt;
  name.remove_prefix(start_of_name.size());
  name.remove_suffix(end_of_name.size());
  if (name.find_first_not_of("0123456789-_T:. ") == std::string_view::npos) return std::nullopt;
  return std::string(name);
}

std::optional<std::string> user_id_in(ArchiveFile& archive) {
  JsonItems items(archive, note_list());
  const auto item = items.next();
  if (!item) return std::nullopt;
  const auto note = try_parse(*item);
  const auto* user = note ? text_member(*note, "userId") : nullptr;
  return user && !user->empty() ? std::optional(*user) : std::nullopt;
}

ImportedAccount find_account(ArchiveFile& archive, bool has_only_one,
                             const std::optional<std::string>& handle) {
  std::optional<std::string> user, name = handle;
  archive.rewind();
  while (const auto entry = archive.next()) {
    if (!is_note_file(entry->name, has_only_one)) continue;
    if (!name) name = name_in(entry->name);
    user = user_id_in(archive);
    break;
  }
  if (!user && !name) {
    throw archive.bad_data("does not say whose notes these are")
        .with_hint("name the user: --as HANDLE");
  }
  // Ids that a server makes have no "@".
  return {"misskey", user ? *user : "@" + *name, name ? *name : *user, "", {}};
}

bool is_set(const json::Value& note, std::string_view member) {
  const auto* value = note.find(member);
  return value && !value->is_null();
}

std::string text_of(const json::Value& note) {
  const auto* text = text_member(note, "text");
  const auto* warning = text_member(note, "cw");
  if (!warning || warning->empty()) return text ? *text : "";
  return text && !text->empty() ? *warning + "\n\n" + *text : *warning;
}

bool is_public(const json::Value& note) {
  const auto* visibility = text_member(note, "visibility");
  return !visibility || *visibility == "public" || *visibility == "home";
}

void deliver_note(const json::Value& note, Time now, ImportSink& sink) {
  const auto* id = text_member(note, "id");
  if (!id) return sink.on_skipped(SkipReason::malformed);
  if (!is_public(note)) return sink.on_skipped(SkipReason::not_public);
  auto text = text_of(note);
  // A renote with words of its own is a quote.
  if (text.empty() && is_set(note, "renoteId")) return sink.on_skipped(SkipReason::repost);
  const auto* written = text_member(note, "createdAt");
  const auto at = written ? parse_rfc3339(*written) : std::nullopt;
  if (!at) return sink.on_skipped(SkipReason::bad_time);
  ImportedPost post;
  post.external_id = *id;
  post.at = *at;
  post.text = std::move(text);
  post.is_reply = is_set(note, "replyId");
  deliver_post(std::move(post), now, sink);
}

void read_notes(ArchiveFile& archive, ImportSink& sink, Time now) {
  JsonItems items(archive, note_list());
  while (const auto item = items.next()) {
    if (const auto note = parse_item(*item, sink)) deliver_note(*note, now, sink);
  }
  for (std::size_t i = 0; i < items.too_large(); ++i) sink.on_skipped(SkipReason::too_large);
  if (!items.has_array()) throw archive.bad_data("has no list of notes");
}

}  // namespace

void read_misskey(ArchiveFile& archive, ImportSink& sink, const std::optional<std::string>& handle,
                  Time now) {
  const bool has_only_one = has_only_one_entry(archive);
  sink.on_account(find_account(archive, has_only_one, handle));
  archive.rewind();
  bool has_notes = false;
  while (const auto entry = archive.next()) {
    if (!is_note_file(entry->name, has_only_one)) continue;
    has_notes = true;
    read_notes(archive, sink, now);
  }
  if (!has_notes) throw archive.bad_data("has no notes-*.json");
}

}  // namespace feedctl::imports
