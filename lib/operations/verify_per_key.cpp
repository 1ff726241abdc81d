// I3, I4, I5 and I9: checks of one post, or one user, at a time.
#include "operations/verify_audit.hpp"
#include "operations/verify_checks.hpp"
#include "sql/verify.hpp"

namespace feedctl::operations {
namespace {

using store::Query;

// Likes of a larger post are counted before its counter is locked.
constexpr std::int64_t large_like_count = 50000;

struct PerKeyCheck {
  const char* invariant;
  const char* name;
  const Query& keys_query;
  const Query& wrong_query;  // $1 keys: the wrong ones, with the values that differ
  std::string (*describe)(const store::Row& row);
  const Query* lock_query;  // $1 key, before the fix, in a statement of its own
  const Query& fix_query;   // $1 key
  bool repeat_until_done;   // the fix is run until it finds nothing more to do
};

std::string id_of(const store::Row& row) {
  return std::to_string(row.integer(0));
}

std::string like_counter(const store::Row& row) {
  return "post " + id_of(row) + " counts " + std::to_string(row.integer(1)) + " likes and has " +
         std::to_string(row.integer(2));
}
std::string view_counter(const store::Row& row) {
  const auto counted = row.integer(1), held = row.integer(2) + row.integer(3);
  return "post " + id_of(row) + " counts " + std::to_string(counted) + " views and has " +
         std::to_string(held) +
         (counted > held ? "; --repair adds the difference to its base, as a count that was shown "
                           "never shrinks"
                         : "");
}
std::string follow_counters(const store::Row& row) {
  const auto n = [&](int column) { return std::to_string(row.integer(column)); };
  return "user " + id_of(row) + " counts " + n(1) + " followers and has " + n(2) + ", counts " +
         n(3) + " followed and has " + n(4);
}
std::string orphaned_likes(const store::Row& row) {
  return "post " + id_of(row) + " is gone and has " + std::to_string(row.integer(1)) + " likes";
}
std::string departed_follower(const store::Row& row) {
  return "user " + id_of(row) + " has left and follows others";
}
std::string departed_followee(const store::Row& row) {
  return "user " + id_of(row) + " has left and is followed";
}
std::string counter_without_post(const store::Row& row) {
  return "post " + id_of(row) + " is gone and has a counter";
}
std::string views_without_counter(const store::Row& row) {
  return "post " + id_of(row) + " has " + std::to_string(row.integer(1)) +
         " views and no view counter";
}
std::string view_counter_without_post(const store::Row& row) {
  return "post " + id_of(row) + " is gone and has a view counter";
}
std::string post_without_counter(const store::Row& row) {
  return "post " + id_of(row) + " has no counter";
}
std::string counters_without_user(const store::Row& row) {
  return "user " + id_of(row) + " has left and has counters";
}
std::string departed_reader(const store::Row& row) {
  return "user " + id_of(row) + " has left and has rows kept";
}
std::string departed_author(const store::Row& row) {
  return "user " + id_of(row) + " has left and is merged at read";
}
std::string user_without_counters(const store::Row& row) {
  return "user " + id_of(row) + " has no counters";
}

namespace queries = sql::verify;

const PerKeyCheck checks[] = {
    {"I9", "likes of posts", queries::liked_posts_after, queries::likes_orphaned, orphaned_likes,
     nullptr, queries::likes_orphaned_fix, true},
    {"I9", "follows by users", queries::followers_after, queries::departed, departed_follower,
     nullptr, queries::follower_departed_fix, true},
    {"I9", "follows of users", queries::followees_after, queries::departed, departed_followee,
     nullptr, queries::followee_departed_fix, true},
    {"I9", "posts of like counters", queries::like_counters_after, queries::counters_without_post,
     counter_without_post, &queries::post_lock, queries::counter_without_post_fix, false},
    {"I9", "like counters of posts", queries::posts_after, queries::posts_without_counter,
     post_without_counter, &queries::post_lock, queries::post_without_counter_fix, false},
    {"I9", "posts of view counters", queries::view_counters_after, queries::view_counters_orphaned,
     view_counter_without_post, &queries::post_lock, queries::view_counter_without_post_fix, false},
    {"I9", "users of follow counters", queries::follow_counters_after, queries::departed,
     counters_without_user, &queries::user_lock, queries::counters_without_user_fix, false},
    {"I9", "follow counters of users", queries::users_after, queries::users_without_counters,
     user_without_counters, &queries::user_lock, queries::user_without_counters_fix, false},
    {"I9", "users of home feeds", queries::feed_states_after, queries::departed, departed_reader,
     nullptr, queries::feed_state_departed_fix, false},
    {"I9", "authors merged at read", queries::pull_authors_after, queries::departed,
     departed_author, nullptr, queries::pull_author_departed_fix, false},
    {"I3", "like counters", queries::like_counters_after, queries::like_counters_wrong,
     like_counter, &queries::like_counter_lock, queries::like_counter_fix, false},
    {"I4", "follow counters", queries::follow_counters_after, queries::follow_counters_wrong,
     follow_counters, &queries::follow_counters_lock, queries::follow_counters_fix, false},
    {"I5", "counters of viewed posts", queries::viewed_posts_after, queries::views_without_counter,
     views_without_counter, &queries::post_lock, queries::view_counter_missing_fix, false},
    {"I5", "view counters", queries::view_counters_after, queries::view_counters_wrong,
     view_counter, &queries::view_counter_lock, queries::view_counter_fix, false},
};

struct WrongKey {
  Id key;
  std::string description;
  std::int64_t size;  // of a like counter
};

void repair_large_like_counter(store::Database& database, Id post) {
  const auto counted = database.read(queries::like_counter_count, store::params(post));
  auto tx = database.write();
  tx.query(queries::like_counter_lock, store::params(post));
  tx.query(queries::like_counter_fix_since,
           store::params(post, counted.single_row().integer(0),
                         std::string(counted.single_row().text(1))));
  tx.commit();
}

void repair(store::Database& database, const PerKeyCheck& check, const WrongKey& wrong) {
  if (wrong.size > large_like_count) return repair_large_like_counter(database, wrong.key);
  for (;;) {
    auto tx = database.write();
    if (check.lock_query) tx.query(*check.lock_query, store::params(wrong.key));
    const auto changed = tx.query(check.fix_query, store::params(wrong.key));
    tx.commit();
    const bool dry = database.options().dry_run;
    if (!check.repeat_until_done || dry || changed.affected() + changed.size() == 0) return;
  }
}

void run_per_key_check(Audit& audit, const PerKeyCheck& check) {
  auto& result = audit.begin_check(check.invariant, check.name);
  const bool likes = check.describe == like_counter;
  std::vector<WrongKey> wrong;
  audit.for_each_slice(
      check.keys_query,
      [&](store::ReadTx& tx, const Ids& keys) {
        audit.add_checked(result, static_cast<std::int64_t>(keys.size()));
        for (const auto row : tx.query(check.wrong_query, store::params(keys))) {
          const auto description = check.describe(row);
          audit.add_drift(result, description);
          if (audit.should_repair())
            wrong.push_back({row.integer(0), description, likes ? row.integer(2) : 0});
        }
      },
      [&] {
        for (const auto& one : wrong) {
          if (audit.repair_with_retry(one.description,
                                      [&] { repair(audit.database(), check, one); }))
            audit.add_repaired(result, "repaired: " + one.description);
        }
        wrong.clear();
      });
}

}  // namespace

void check_per_key(Audit& audit, const std::string& invariant) {
  for (const auto& check : checks) {
    if (invariant == check.invariant) run_per_key_check(audit, check);
  }
}

}  // namespace feedctl::operations
