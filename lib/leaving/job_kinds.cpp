#include <array>

#include "base/error.hpp"
#include "base/json.hpp"
#include "follows/removal.hpp"
#include "leaving/leaving.hpp"
#include "likes/removal.hpp"
#include "posts/removal.hpp"
#include "sql/leaving.hpp"

namespace feedctl::leaving {

namespace {

using Removed = std::vector<Id>;  // where one is the last of its list, it is where to go on

struct Stage {
  const char* name;
  Removed (*remove)(store::WriteTx&, Id account, Id after, int most);
};

Removed forget_feed(store::WriteTx& tx, Id account, Id, int) {
  tx.query(sql::leaving::forget_feed, store::params(account));
  return {};
}

// The feed's state is gone before the follows that keep its rows; posts come last: their likes are
// removed by jobs of their own.
constexpr std::array<Stage, 5> stages{{{"feed", forget_feed},
                                       {"likes", likes::remove_of_user},
                                       {"follows", follows::remove_following},
                                       {"followers", follows::remove_followers},
                                       {"posts", posts::remove_of_author}}};

struct Place {
  std::size_t stage = 0;
  Id after = 0;

  std::string text() const { return std::string(stages[stage].name) + ':' + std::to_string(after); }
};

[[noreturn]] void refuse(const jobs::Job& job) {
  throw Error(ErrorCode::bad_data,
              "a job '" + job.kind + "' cannot go on at '" + job.cursor.value_or("") + "'");
}

Id id_of(const jobs::Job& job, std::string_view text) {
  if (text == "0") return 0;
  const auto id = parse_id(text);
  if (!id) refuse(job);
  return *id;
}

Place place_of(const jobs::Job& job) {
  if (!job.cursor) return {};
  const auto& cursor = *job.cursor;
  const auto colon = cursor.find(':');
  for (std::size_t i = 0; i < stages.size() && colon != std::string::npos; ++i) {
    if (cursor.substr(0, colon) == stages[i].name) {
      return {i, id_of(job, std::string_view(cursor).substr(colon + 1))};
    }
  }
  refuse(job);
}

bool is_second_pass(const jobs::Job& job) {
  const auto payload = json::parse(job.payload);
  const auto* pass = payload.find("pass");
  return pass != nullptr && pass->integer() && *pass->integer() == 2;
}

jobs::Chunk remove_account(events::Unit& unit, const jobs::Job& job, int most) {
  auto place = place_of(job);
  unit.tx().query(sql::leaving::begin);
  const auto removed = stages[place.stage].remove(unit.tx(), job.subject, place.after, most);
  jobs::Chunk chunk;
  chunk.rows = static_cast<std::int64_t>(removed.size());
  if (chunk.rows == most) {
    chunk.cursor = Place{place.stage, removed.back()}.text();
  } else if (place.stage + 1 < stages.size()) {
    chunk.cursor = Place{place.stage + 1, 0}.text();
  } else if (is_second_pass(job)) {
    unit.tx().query(sql::leaving::forget_keys, store::params(job.subject));
  }
  return chunk;
}

jobs::Chunk remove_likes(events::Unit& unit, const jobs::Job& job, int most) {
  unit.tx().query(sql::leaving::begin);
  const auto after = job.cursor ? id_of(job, *job.cursor) : 0;
  const auto removed = likes::remove_of_post(unit.tx(), job.subject, after, most);
  jobs::Chunk chunk;
  chunk.rows = static_cast<std::int64_t>(removed.size());
  if (chunk.rows == most) {
    chunk.cursor = std::to_string(removed.back());
  } else {
    posts::remove_views(unit.tx(), job.subject);
  }
  return chunk;
}

}  // namespace

jobs::Kinds job_kinds(Options options) {
  return {
      {"remove_account",
       [most = options.pairs_a_chunk](events::Unit& unit, const jobs::Job& job) {
         return remove_account(unit, job, most);
       }},
      {"remove_likes", [most = options.likes_a_chunk](events::Unit& unit, const jobs::Job& job) {
         return remove_likes(unit, job, most);
       }}};
}

}  // namespace feedctl::leaving
