#include "likes/likes.hpp"

#include "base/error.hpp"
#include "likes/rows.hpp"
#include "posts/posts.hpp"

namespace feedctl::likes {

namespace {
// A like that was there for the first statement and gone for the second: somebody unliked between.
// It is run again three times.
constexpr int like_attempts = 4;
constexpr Id nobody = 0;
}  // namespace

void append_json(json::Writer& writer, const Like& like) {
  writer.open_object().integer("id", like.id).integer("post_id", like.post_id);
  writer.integer("user_id", like.user_id).text("created_at", rfc3339(like.created_at));
  writer.close_object();
}

Likes::Likes(store::Database& database, Options options)
    : database_(database), options_(std::move(options)) {}

void Likes::changed() const {
  if (options_.on_change) options_.on_change();
}

Likes::Outcome Likes::like(Id user, Id post) {
  for (int attempt = 0; attempt < like_attempts; ++attempt) {
    const auto liked = rows::like(database_, user, post);
    if (!liked.post_found) throw posts::missing(post);
    if (liked.like) {
      changed();
      return {*liked.like, true};
    }
    // The first statement's snapshot may be older than the like it met; a new one sees it.
    if (const auto found = rows::find(database_, user, post); found.like) {
      return {*found.like, false};
    }
  }
  throw Error(ErrorCode::unavailable, "this like is changing too fast, try again");
}

void Likes::unlike(Id user, Id post) {
  const auto unliked = rows::unlike(database_, user, post);
  if (!unliked.post_found) throw posts::missing(post);
  if (!unliked.done) {
    throw Error(ErrorCode::not_found, "Like from user " + std::to_string(user) + " on post " +
                                          std::to_string(post) + " not found");
  }
  changed();
}

std::optional<Like> Likes::find(Id user, Id post) {
  const auto found = rows::find(database_, user, post);
  if (!found.post_found) throw posts::missing(post);
  return found.like;
}

Aggregates Likes::aggregates(Id post) {
  const auto sums = rows::aggregates(database_, post);
  if (!sums) throw posts::missing(post);
  return *sums;
}

Page Likes::of_post(Id post, Id before, int limit) {
  Page page{rows::of_post(database_, post, before, limit + 1), std::nullopt};
  if (page.likes.empty()) find(nobody, post);  // throws where there is no such post
  if (page.likes.size() > static_cast<std::size_t>(limit)) {
    page.likes.pop_back();
    page.next = page.likes.back().id;
  }
  return page;
}

}  // namespace feedctl::likes
