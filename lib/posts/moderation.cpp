#include "posts/moderation.hpp"

#include "base/display_text.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "posts/queries.hpp"
#include "users/users.hpp"

namespace feedctl::posts {

namespace {

constexpr int max_scanned_posts = 2000;  // by one call of search()

void check_reason(const std::optional<std::string>& reason) {
  if (!reason) return;
  const auto fault = reason->empty() ? std::optional<std::string>("must not be empty")
                                     : validate_name(*reason, users::max_reason_length);
  if (fault)
    throw Error(ErrorCode::invalid_argument, "reason " + *fault)
        .with_field("/reason", "reason " + *fault);
}

// The members that changed. `hidden`: nullopt where only the reason did.
std::string state_json(std::optional<bool> hidden, const std::optional<std::string>& reason) {
  std::string out;
  json::Writer writer(out);
  writer.open_object();
  if (hidden) writer.boolean("hidden", *hidden);
  if (reason) writer.text("reason", *reason);
  writer.close_object();
  return out;
}

audit::Entry hide_entry(Id id, const queries::ModerationRow& before,
                        const std::optional<std::string>& reason) {
  const auto hidden = [&](bool now) {
    return before.was_hidden ? std::nullopt : std::optional(now);
  };
  return {"post.hide", audit_object(id), state_json(hidden(false), before.reason),
          state_json(hidden(true), reason)};
}

audit::Entry unhide_entry(Id id, const queries::ModerationRow& before) {
  return {"post.unhide", audit_object(id), state_json(true, before.reason),
          state_json(false, std::nullopt)};
}

// The post as the transaction has left it.
ModeratedPost load_one(store::WriteTx& tx, Id id) {
  auto found = queries::moderated(tx, id);
  if (!found) throw missing(id);
  return *std::move(found);
}

// Whether there is nothing to do, as an earlier command with this key did it.
bool is_done(store::WriteTx& tx, Id id, const queries::ModerationRow& row,
             const commands::Command& command) {
  if (row.replay) {
    if (row.replay->status == 404) throw missing(id);
    return true;
  }
  if (row.is_found) return false;
  if (command.key) tx.commit();  // keeps the 404
  throw missing(id);
}

// No text of the author's, nor a handle, is in the entry: both may be erased later.
ModerationResult hide_once(store::Database& database, Id id,
                           const std::optional<std::string>& reason, const audit::Actor& moderator,
                           commands::Command& command) {
  auto tx = database.write();
  const auto row = queries::hide(tx, id, reason, moderator.user, command);
  if (is_done(tx, id, row, command)) return {load_one(tx, id), false};
  const bool has_new_reason = reason && reason != row.reason;
  if (!row.was_hidden || has_new_reason) audit::append(tx, moderator, hide_entry(id, row, reason));
  ModerationResult result{load_one(tx, id), !row.was_hidden};
  tx.commit();
  return result;
}

ModerationResult unhide_once(store::Database& database, Id id, const audit::Actor& moderator,
                             commands::Command& command) {
  auto tx = database.write();
  const auto row = queries::unhide(tx, id, moderator.user, command);
  if (is_done(tx, id, row, command)) return {load_one(tx, id), false};
  if (row.was_hidden) audit::append(tx, moderator, unhide_entry(id, row));
  ModerationResult result{load_one(tx, id), row.was_hidden};
  tx.commit();
  return result;
}

std::optional<Id> find_author(store::Database& database, const std::optional<std::string>& handle) {
  if (!handle) return std::nullopt;
  const auto account = users::Users(database).find_account(*handle);
  if (account) return account->user.id;
  const auto fault = "no account has the handle \"" + *handle + "\"";
  throw Error(ErrorCode::invalid_argument, "author: " + fault)
      .with_hint("send the whole handle, without @");
}

}  // namespace

std::string audit_object(Id post) {
  return "post:" + std::to_string(post);
}

ModerationResult hide(store::Database& database, Id id, const std::optional<std::string>& reason,
                      const audit::Actor& moderator, commands::Command& command) {
  check_reason(reason);
  return commands::retry_with_key(
      command, [&] { return hide_once(database, id, reason, moderator, command); });
}

ModerationResult unhide(store::Database& database, Id id, const audit::Actor& moderator,
                        commands::Command& command) {
  return commands::retry_with_key(command,
                                  [&] { return unhide_once(database, id, moderator, command); });
}

ModeratedPage search(store::Database& database, const PostSearch& search, Id before, int limit) {
  const auto author = find_author(database, search.author);
  auto found = queries::search(database, search, author, before, max_scanned_posts, limit + 1);
  ModeratedPage page;
  if (found.posts.size() > static_cast<std::size_t>(limit)) {
    found.posts.resize(static_cast<std::size_t>(limit));
    page.next = found.posts.back();
  } else if (found.scanned == max_scanned_posts) {
    page.next = found.last_scanned;
  }
  page.posts = queries::moderated(database, found.posts);
  return page;
}

}  // namespace feedctl::posts
