#include "posts/posts.hpp"

#include <algorithm>

#include "base/display_text.hpp"
#include "base/error.hpp"
#include "media/media_service.hpp"
#include "posts/moderation.hpp"
#include "posts/queries.hpp"
#include "sql/posts.hpp"
#include "store/sqlstate.hpp"
#include "users/users.hpp"

namespace feedctl::posts {

namespace {

// Two posts of one millisecond share an id only if the sequence wrapped around in between.
constexpr int create_attempts = 5;
// Between drawing a post's id and inserting the post: its feeds sort it by the id.
constexpr std::chrono::seconds max_staging{5};

bool violates(const store::SqlError& error, std::string_view constraint) {
  return error.sqlstate() == store::sqlstate::unique_violation && error.constraint() == constraint;
}

bool is_duplicate_id(const store::SqlError& error) {
  return violates(error, "posts_pkey");
}

bool is_duplicate_media_id(const store::SqlError& error) {
  return violates(error, "media_pkey");
}

Error id_taken() {
  return Error(ErrorCode::unavailable, "the post could not be made, send it again")
      .with_retry_after(std::chrono::seconds(1));
}

Error refuse(const char* member, const std::string& why) {
  return Error(ErrorCode::invalid_argument, why).with_field(std::string("/") + member, why);
}

Error not_author_error() {
  return Error(ErrorCode::permission_denied, "only its author may change a post");
}

}  // namespace

Error missing(Id post) {
  return Error(ErrorCode::not_found, "Post with id " + std::to_string(post) + " not found");
}

void check_text(const std::string& text) {
  if (const auto fault = validate_text(text, max_text_length))
    throw refuse("text", "text " + *fault);
}

std::vector<Post> load(store::Database& database, std::span<const Id> ids,
                       std::optional<Id> actor) {
  std::vector<Post> posts;
  if (ids.empty()) return posts;
  const std::vector<std::int64_t> requested(ids.begin(), ids.end());
  const auto found = database.read(sql::posts::load, store::params(requested, actor));
  posts.reserve(found.size());
  for (const auto row : found) posts.push_back(from_row(row));
  return posts;
}

Post from_row(const store::Row& row, int first) {
  Post post;
  post.id = row.integer(first);
  if (const auto author = row.maybe_integer(first + 1)) {
    post.author = Author{*author, std::string(row.text(first + 2)),
                         std::string(row.text(first + 3)), row.maybe_integer(first + 10)};
  }
  post.text = row.text(first + 4);
  post.like_count = row.integer(first + 5);
  post.view_count = row.integer(first + 6);
  if (!row.is_null(first + 7)) post.liked = row.boolean(first + 7);
  post.created_at = row.time(first + 8);
  if (!row.is_null(first + 9)) post.image = media::parse_summary(row.text(first + 9));
  return post;
}

Page page_of(const store::Result& rows, int limit) {
  Page page;
  for (const auto row : rows) {
    if (page.posts.size() == static_cast<std::size_t>(limit)) {
      page.next = page.posts.back().id;
      break;
    }
    page.posts.push_back(from_row(row));
  }
  return page;
}

SnapshotPage to_snapshot_page(const store::Result& rows, int limit) {
  SnapshotPage result{{}, events::parse_snapshot(rows.single_row().text(snapshot_column))};
  if (!rows.single_row().is_null(0)) result.page = page_of(rows, limit);
  return result;
}

Posts::Posts(store::Database& database, Options options)
    : database_(database), options_(std::move(options)), author_lists_(options_.cache) {}

Posts::Creation Posts::create(std::optional<Id> author, const std::string& text,
                              commands::Command& command) {
  check_text(text);
  for (int attempt = 1;; ++attempt) {
    try {
      auto made = queries::create(database_, author, text, command);
      if (made.replay) return replayed_creation(author, *made.replay);
      if (!made.post) users::throw_inactive(database_, author.value());
      return created(*std::move(made.post));
    } catch (const store::SqlError& error) {
      if (!is_duplicate_id(error) || attempt == create_attempts) throw;
    }
  }
}

Posts::Creation Posts::create_with_image(std::optional<Id> author, const std::string& text,
                                         const StageImage& stage, commands::Command& command) {
  check_text(text);
  const auto draft = queries::draft(database_, author, command);
  if (draft.replay) return replayed_creation(author, *draft.replay);
  if (!draft.post) users::throw_inactive(database_, author.value());
  const auto latest = Deadline::after(max_staging);
  const auto image = stage(*draft.post, Deadline(std::min(latest.at(), command.deadline.at())));
  try {
    auto made = queries::create_with_image(database_, *draft.post, author, text, image, command);
    if (made.replay) return replayed_creation(author, *made.replay);
    if (!made.post) users::throw_inactive(database_, author.value());
    return created(*std::move(made.post));
  } catch (const store::SqlError& error) {
    if (is_duplicate_id(error) || is_duplicate_media_id(error)) throw id_taken();
    throw;
  }
}

Posts::Creation Posts::created(Post post) {
  if (post.author) author_lists_.invalidate({post.author->id});
  const auto id = post.id;
  return {id, std::move(post)};
}

// The post that the key's first command made, as it is now.
Posts::Creation Posts::replayed_creation(std::optional<Id> author, const commands::Replay& replay) {
  const auto id = replay.result_id.value_or(0);
  auto found = load(database_, {&id, 1}, author);
  if (found.empty()) return {id, std::nullopt};
  return {id, std::move(found.front())};
}

Post Posts::get(Id id, std::optional<Id> actor) {
  auto found = load(database_, {&id, 1}, actor);
  if (found.empty()) throw missing(id);
  return std::move(found.front());
}

std::optional<AuthorList> Posts::newest_post_ids(Id author) {
  auto lookup = author_lists_.lookup(author);
  if (lookup.token.empty()) return std::move(lookup.list);
  auto list = queries::newest_of_author(database_, author, max_posts_per_list);
  author_lists_.store(author, lookup.token, list);
  return list;
}

// nullopt if the list is too short for the page.
std::optional<Page> Posts::page_from_list(Id author, int limit, std::optional<Id> actor) {
  constexpr std::size_t max_left_out = 8;  // hidden, or deleted since the list was made
  const auto list = newest_post_ids(author);
  if (!list) return std::nullopt;
  const auto size = static_cast<std::size_t>(limit);
  const auto ids =
      std::span(list->posts).first(std::min(list->posts.size(), size + 1 + max_left_out));
  Page page{load(database_, ids, actor), std::nullopt};
  for (const auto& post : page.posts) {
    if (!post.author || post.author->id != author) return std::nullopt;
  }
  const bool is_last = list->is_complete && ids.size() == list->posts.size();
  if (page.posts.size() <= size) return is_last ? std::optional(std::move(page)) : std::nullopt;
  page.posts.resize(size);
  page.next = page.posts.back().id;
  return page;
}

Page Posts::of_author(Id author, Id before, int limit, std::optional<Id> actor) {
  auto listed = before == max_id && author_lists_.is_enabled()
                    ? page_from_list(author, limit, actor)
                    : std::nullopt;
  auto page = listed
                  ? *std::move(listed)
                  : page_of(queries::of_author(database_, author, before, limit + 1, actor), limit);
  if (page.posts.empty()) users::Users(database_).get(author);  // throws if there is no such user
  return page;
}

Post Posts::update(Id id, std::optional<Id> actor, bool admin,
                   const std::optional<std::string>& text) {
  auto post = get(id, actor);
  if (actor && (!post.author || post.author->id != *actor)) {
    users::require_active(database_, *actor);
    if (!admin) throw not_author_error();
  }
  if (text && *text != post.text) {
    throw refuse("text", "text cannot be updated; posts are immutable");
  }
  return post;
}

// True if this call deleted the post; false if an earlier command with this key did.
bool Posts::remove_once(Id id, std::optional<Id> actor, bool admin, commands::Command& command,
                        const audit::Actor* moderator) {
  auto tx = database_.write();
  const auto removal = queries::remove(tx, id, actor, admin, command);
  if (const auto& replay = removal.replay) {
    if (replay->status == 404) throw missing(id);
    return false;
  }
  if (!removal.actor_is_active) users::throw_inactive(database_, actor.value());
  if (removal.is_forbidden) throw not_author_error();
  if (!removal.removed) {
    if (command.key) tx.commit();  // stores the answer with the key
    throw missing(id);
  }
  queries::delete_related_rows(tx, id);
  if (moderator) audit::append(tx, *moderator, {"post.delete", audit_object(id), {}, {}});
  tx.commit();
  return true;
}

void Posts::remove(Id id, std::optional<Id> actor, bool admin, commands::Command& command) {
  const auto work = [&] { return remove_once(id, actor, admin, command, nullptr); };
  if (commands::retry_with_key(command, work)) tell_visibility_change();
}

void Posts::tell_visibility_change() const {
  if (options_.on_visibility_change) options_.on_visibility_change();
}

// ---- moderators

ModeratedPost Posts::hide(Id id, const std::optional<std::string>& reason,
                          const audit::Actor& moderator, commands::Command& command) {
  auto change = posts::hide(database_, id, reason, moderator, command);
  if (change.changed) tell_visibility_change();
  return std::move(change.post);
}

ModeratedPost Posts::unhide(Id id, const audit::Actor& moderator, commands::Command& command) {
  auto change = posts::unhide(database_, id, moderator, command);
  if (change.changed) tell_visibility_change();
  return std::move(change.post);
}

void Posts::remove(Id id, const audit::Actor& moderator, commands::Command& command) {
  const auto work = [&] { return remove_once(id, moderator.user, true, command, &moderator); };
  if (commands::retry_with_key(command, work)) tell_visibility_change();
}

ModeratedPage Posts::search(const PostSearch& search, Id before, int limit) {
  return posts::search(database_, search, before, limit);
}

}  // namespace feedctl::posts
