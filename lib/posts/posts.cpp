#include "posts/posts.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/shown_text.hpp"
#include "posts/rows.hpp"
#include "users/users.hpp"

namespace feedctl::posts {

namespace {

// Two posts of one millisecond share an id only where the sequence went round in between.
constexpr int create_attempts = 5;

bool id_was_taken(const store::SqlError& error) {
  return error.sqlstate() == "23505" && error.constraint() == "posts_pkey";
}

Error refuse(const char* member, const std::string& why) {
  return Error(ErrorCode::invalid_argument, why).with_field(std::string("/") + member, why);
}

Error not_yours() {
  return Error(ErrorCode::permission_denied, "only its author may change a post");
}

}  // namespace

Error missing(Id post) {
  return Error(ErrorCode::not_found, "Post with id " + std::to_string(post) + " not found");
}

void check_text(const std::string& text) {
  if (const auto fault = fault_in_text(text, max_text)) throw refuse("text", "text " + *fault);
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

Posts::Posts(store::Database& database, Options options)
    : database_(database), options_(std::move(options)), lists_(options_.cache) {}

Posts::Creation Posts::create(std::optional<Id> author, const std::string& text,
                              commands::Command& command) {
  check_text(text);
  for (int attempt = 1;; ++attempt) {
    try {
      auto made = rows::create(database_, author, text, command);
      if (made.replay) {
        const auto id = made.replay->result.value_or(0);
        auto found = load(database_, {&id, 1}, author);
        if (found.empty()) return {id, std::nullopt};
        return {id, std::move(found.front())};
      }
      if (!made.post) throw users::missing(author.value());
      const auto id = made.post->id;
      if (author) lists_.drop({*author});
      return {id, std::move(made.post)};
    } catch (const store::SqlError& error) {
      if (!id_was_taken(error) || attempt == create_attempts) throw;
    }
  }
}

Post Posts::create(std::optional<Id> author, const std::string& text) {
  commands::Command command;
  return create(author, text, command).post.value();
}

Post Posts::get(Id id, std::optional<Id> actor) {
  auto found = load(database_, {&id, 1}, actor);
  if (found.empty()) throw missing(id);
  return std::move(found.front());
}

std::optional<AuthorList> Posts::newest_of(Id author) {
  auto asked = lists_.read(author);
  if (asked.token.empty()) return std::move(asked.list);
  auto list = rows::newest_of_author(database_, author, posts_a_list);
  lists_.fill(author, asked.token, list);
  return list;
}

// nullopt where the list does not reach far enough.
std::optional<Page> Posts::listed(Id author, int limit, std::optional<Id> actor) {
  constexpr std::size_t gone = 8;  // since it was made
  const auto list = newest_of(author);
  if (!list) return std::nullopt;
  const auto most = static_cast<std::size_t>(limit);
  const auto ids = std::span(list->posts).first(std::min(list->posts.size(), most + 1 + gone));
  Page page{load(database_, ids, actor), std::nullopt};
  for (const auto& post : page.posts) {
    if (!post.author || post.author->id != author) return std::nullopt;
  }
  const bool at_the_end = list->whole && ids.size() == list->posts.size();
  if (page.posts.size() <= most) return at_the_end ? std::optional(std::move(page)) : std::nullopt;
  page.posts.resize(most);
  page.next = page.posts.back().id;
  return page;
}

Page Posts::of_author(Id author, Id before, int limit, std::optional<Id> actor) {
  auto listed =
      before == newest && lists_.used() ? this->listed(author, limit, actor) : std::nullopt;
  auto page = listed ? *std::move(listed)
                     : page_of(rows::of_author(database_, author, before, limit + 1, actor), limit);
  if (page.posts.empty()) users::Users(database_).get(author);  // throws where there is nobody
  return page;
}

Post Posts::update(Id id, std::optional<Id> actor, bool admin,
                   const std::optional<std::string>& text) {
  auto post = get(id, actor);
  if (actor && (!post.author || post.author->id != *actor)) {
    users::Users(database_).get(*actor);  // throws where the actor is no living user
    if (!admin) throw not_yours();
  }
  if (text && *text != post.text) {
    throw refuse("text", "text cannot be updated; posts are immutable");
  }
  return post;
}

// Whether it was deleted now, and not by an earlier command with this key.
bool Posts::try_remove(Id id, std::optional<Id> actor, bool admin, commands::Command& command) {
  auto tx = database_.write();
  const auto removal = rows::remove(tx, id, actor, admin, command);
  if (const auto& replay = removal.replay) {
    if (replay->status == 404) throw missing(id);
    return false;
  }
  if (!removal.actor_lives) throw users::missing(actor.value());
  if (removal.forbidden) throw not_yours();
  if (!removal.done) {
    if (command.key) tx.commit();  // the key remembers it
    throw missing(id);
  }
  rows::remove_traces(tx, id);
  tx.commit();
  return true;
}

void Posts::remove(Id id, std::optional<Id> actor, bool admin, commands::Command& command) {
  const auto work = [&] { return try_remove(id, actor, admin, command); };
  if (commands::with_key(command, work) && options_.on_deleted) options_.on_deleted();
}

void Posts::remove(Id id, std::optional<Id> actor, bool admin) {
  commands::Command command;
  remove(id, actor, admin, command);
}

}  // namespace feedctl::posts
