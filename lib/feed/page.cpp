#include "base/error.hpp"
#include "feed/feed.hpp"
#include "feed/read_model.hpp"
#include "users/users.hpp"

namespace feedctl::feed {

namespace {

constexpr std::chrono::seconds own_changes{10};

}  // namespace

Feed::Feed(store::Database& database, Options options, cache::Cache* cache)
    : database_(database), options_(std::move(options)), activation_(database), lists_(cache) {}

Read Feed::read(Id user, Id before, int limit, const std::optional<events::Token>& min) {
  if (before == posts::newest && !min && options_.keeps_rows()) return first_page(user, limit);
  return define(user, before, limit, min);
}

Read Feed::define(Id user, Id before, int limit, const std::optional<events::Token>& min) {
  auto read = read_at(database_, user, before, limit);
  if (read.page.posts.empty()) users::Users(database_).get(user);  // throws where there is nobody
  if (min && !min->covered_by(read.snapshot)) {
    throw Error(ErrorCode::invalid_argument,
                "min_token is ahead of this database; ask again without it");
  }
  return read;
}

Read Feed::first_page(Id user, int limit) {
  const bool wait = changed_.within(user, own_changes);
  auto rows = wait ? RowsRead{} : this->rows(user, limit);
  if (!rows.active) {
    auto read = define(user, posts::newest, limit);
    activation_.ask(user);  // does nothing for the active
    return read;
  }
  activation_.seen(user);
  return rows.read ? *std::move(rows.read) : define(user, posts::newest, limit);
}

// From the reader's list, or from the rows themselves, which then may become the list.
RowsRead Feed::rows(Id user, int limit) {
  if (!lists_.used() || limit >= rows_a_list) return read_rows(database_, user, limit);
  const auto asked = lists_.read(user);
  if (asked.list && asked.list->reaches(limit)) {
    auto listed = read_listed(database_, user, limit, *asked.list);
    if (listed.read) return listed;
    lists_.drop({user});  // of another generation, or too much of it is gone
  }
  if (asked.token.empty()) return read_rows(database_, user, limit);
  // Before the rows are read: workers drop the lists of readers who were seen lately.
  activation_.seen(user);
  auto rows = read_rows(database_, user, limit, rows_a_list);
  if (rows.list) lists_.fill(user, asked.token, *rows.list);
  return rows;
}

}  // namespace feedctl::feed
