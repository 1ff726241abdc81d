#include "account_cleanup/account_cleanup.hpp"

#include <array>

#include "base/error.hpp"
#include "base/json.hpp"
#include "follows/batch_delete.hpp"
#include "likes/batch_delete.hpp"
#include "posts/batch_delete.hpp"
#include "sql/leaving.hpp"

namespace feedctl::account_cleanup {

namespace {

using DeletedIds = std::vector<Id>;  // the last one is the cursor of the next chunk

struct Stage {
  const char* name;
  DeletedIds (*delete_chunk)(store::WriteTx&, Id account, Id after, int max_rows);
};

DeletedIds delete_feed(store::WriteTx& tx, Id account, Id, int) {
  tx.query(sql::leaving::forget_feed, store::params(account));
  return {};
}

// What remembers the imports of an account; the ids stand for the number of deleted rows only.
DeletedIds delete_imports(store::WriteTx& tx, Id account, Id, int max_rows) {
  const auto done = tx.query(sql::leaving::forget_imports, store::params(account, max_rows));
  return DeletedIds(static_cast<std::size_t>(done.single_row().integer(0)));
}

// The feed goes before the follows, which its rows depend on. Each post gets a job of its own for
// its likes.
constexpr std::array<Stage, 6> stages{{{"feed", delete_feed},
                                       {"likes", likes::delete_by_user},
                                       {"follows", follows::delete_following},
                                       {"followers", follows::delete_followers},
                                       {"posts", posts::delete_by_author},
                                       {"imports", delete_imports}}};

struct Cursor {
  std::size_t stage_index = 0;
  Id after_id = 0;

  std::string text() const {
    return std::string(stages[stage_index].name) + ':' + std::to_string(after_id);
  }
};

[[noreturn]] void throw_bad_cursor(const jobs::Job& job) {
  throw Error(ErrorCode::bad_data,
              "a job '" + job.kind + "' cannot continue at '" + job.cursor.value_or("") + "'");
}

Id parse_cursor_id(const jobs::Job& job, std::string_view text) {
  if (text == "0") return 0;
  const auto id = parse_id(text);
  if (!id) throw_bad_cursor(job);
  return *id;
}

Cursor parse_cursor(const jobs::Job& job) {
  if (!job.cursor) return {};
  const auto& cursor = *job.cursor;
  const auto colon = cursor.find(':');
  for (std::size_t i = 0; i < stages.size() && colon != std::string::npos; ++i) {
    if (cursor.substr(0, colon) == stages[i].name) {
      return {i, parse_cursor_id(job, std::string_view(cursor).substr(colon + 1))};
    }
  }
  throw_bad_cursor(job);
}

bool is_second_pass(const jobs::Job& job) {
  const auto payload = json::parse(job.payload);
  const auto* pass = payload.find("pass");
  return pass != nullptr && pass->integer() && *pass->integer() == 2;
}

jobs::Chunk delete_account_chunk(events::UnitOfWork& unit, const jobs::Job& job, int max_rows) {
  auto cursor = parse_cursor(job);
  unit.tx().query(sql::leaving::begin);
  const auto removed =
      stages[cursor.stage_index].delete_chunk(unit.tx(), job.subject, cursor.after_id, max_rows);
  jobs::Chunk chunk;
  chunk.rows = static_cast<std::int64_t>(removed.size());
  if (chunk.rows == max_rows) {
    chunk.cursor = Cursor{cursor.stage_index, removed.back()}.text();
  } else if (cursor.stage_index + 1 < stages.size()) {
    chunk.cursor = Cursor{cursor.stage_index + 1, 0}.text();
  } else if (is_second_pass(job)) {
    unit.tx().query(sql::leaving::forget_keys, store::params(job.subject));
  }
  return chunk;
}

jobs::Chunk delete_likes_chunk(events::UnitOfWork& unit, const jobs::Job& job, int max_rows) {
  unit.tx().query(sql::leaving::begin);
  const auto after = job.cursor ? parse_cursor_id(job, *job.cursor) : 0;
  const auto removed = likes::delete_by_post(unit.tx(), job.subject, after, max_rows);
  jobs::Chunk chunk;
  chunk.rows = static_cast<std::int64_t>(removed.size());
  if (chunk.rows == max_rows) {
    chunk.cursor = std::to_string(removed.back());
  } else {
    posts::delete_views(unit.tx(), job.subject);
  }
  return chunk;
}

}  // namespace

events::Handler cleanup_handler(Options options) {
  return [options](events::UnitOfWork& unit, std::span<const events::Event> events) {
    std::vector<std::int64_t> users, posts;
    for (const auto& event : events) {
      if (event.type == events::Type::user_deleted) users.push_back(event.object);
      if (event.type == events::Type::post_deleted) posts.push_back(event.object);
    }
    if (!users.empty()) {
      unit.tx().query(sql::leaving::plan_accounts,
                      store::params(users, std::int64_t{options.second_pass_delay.count()}));
    }
    if (!posts.empty()) unit.tx().query(sql::leaving::plan_likes, store::params(posts));
  };
}

jobs::HandlerRegistry job_handlers(Options options) {
  return {{"remove_account",
           [max_rows = options.rows_per_chunk](events::UnitOfWork& unit, const jobs::Job& job) {
             return delete_account_chunk(unit, job, max_rows);
           }},
          {"remove_likes",
           [max_rows = options.likes_per_chunk](events::UnitOfWork& unit, const jobs::Job& job) {
             return delete_likes_chunk(unit, job, max_rows);
           }}};
}

}  // namespace feedctl::account_cleanup
