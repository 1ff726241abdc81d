// I3, I4 and I9: what is right or wrong for each post, or each user, alone.
#include "sql/verify.hpp"
#include "verify/slices.hpp"

namespace feedctl::verify {
namespace {

using store::Query;

// Posts with more likes are counted before their counter is locked.
constexpr std::int64_t much_liked = 50000;

struct Keyed {
  const char* invariant;
  const char* what;
  const Query& keys;
  const Query& wrong;  // $1 keys: those that are wrong, with what differs
  std::string (*words)(const store::Row& row);
  const Query* lock;  // $1 key, before the fix, in a statement of its own
  const Query& fix;   // $1 key
  bool piecewise;     // the fix is run until it finds nothing more to do
};

std::string id_of(const store::Row& row) {
  return std::to_string(row.integer(0));
}

std::string like_counter(const store::Row& row) {
  return "post " + id_of(row) + " counts " + std::to_string(row.integer(1)) + " likes and has " +
         std::to_string(row.integer(2));
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

namespace q = sql::verify;

const Keyed checks[] = {
    {"I9", "likes of posts", q::liked_posts_after, q::likes_orphaned, orphaned_likes, nullptr,
     q::likes_orphaned_fix, true},
    {"I9", "follows by users", q::followers_after, q::departed, departed_follower, nullptr,
     q::follower_departed_fix, true},
    {"I9", "follows of users", q::followees_after, q::departed, departed_followee, nullptr,
     q::followee_departed_fix, true},
    {"I9", "posts of like counters", q::like_counters_after, q::counters_without_post,
     counter_without_post, &q::post_lock, q::counter_without_post_fix, false},
    {"I9", "like counters of posts", q::posts_after, q::posts_without_counter, post_without_counter,
     &q::post_lock, q::post_without_counter_fix, false},
    {"I9", "users of follow counters", q::follow_counters_after, q::departed, counters_without_user,
     &q::user_lock, q::counters_without_user_fix, false},
    {"I9", "follow counters of users", q::users_after, q::users_without_counters,
     user_without_counters, &q::user_lock, q::user_without_counters_fix, false},
    {"I9", "users of home feeds", q::feed_states_after, q::departed, departed_reader, nullptr,
     q::feed_state_departed_fix, false},
    {"I9", "authors merged at read", q::pull_authors_after, q::departed, departed_author, nullptr,
     q::pull_author_departed_fix, false},
    {"I3", "like counters", q::like_counters_after, q::like_counters_wrong, like_counter,
     &q::like_counter_lock, q::like_counter_fix, false},
    {"I4", "follow counters", q::follow_counters_after, q::follow_counters_wrong, follow_counters,
     &q::follow_counters_lock, q::follow_counters_fix, false},
};

struct Wrong {
  Id key;
  std::string words;
  std::int64_t size;  // of a like counter
};

void fix_much_liked(store::Database& database, Id post) {
  const auto counted = database.read(q::like_counter_count, store::params(post));
  auto tx = database.write();
  tx.query(q::like_counter_lock, store::params(post));
  tx.query(q::like_counter_fix_since,
           store::params(post, counted.only().integer(0), std::string(counted.only().text(1))));
  tx.commit();
}

void fix(store::Database& database, const Keyed& check, const Wrong& wrong) {
  if (wrong.size > much_liked) return fix_much_liked(database, wrong.key);
  for (;;) {
    auto tx = database.write();
    if (check.lock) tx.query(*check.lock, store::params(wrong.key));
    const auto changed = tx.query(check.fix, store::params(wrong.key));
    tx.commit();
    const bool dry = database.options().dry_run;
    if (!check.piecewise || dry || changed.affected() + changed.size() == 0) return;
  }
}

void check_one(Audit& audit, const Keyed& check) {
  auto& finding = audit.begin(check.invariant, check.what);
  const bool likes = check.words == like_counter;
  std::vector<Wrong> wrong;
  audit.slices(
      check.keys,
      [&](store::ReadTx& tx, const Ids& keys) {
        audit.checked(finding, static_cast<std::int64_t>(keys.size()));
        for (const auto row : tx.query(check.wrong, store::params(keys))) {
          const auto words = check.words(row);
          audit.found(finding, words);
          if (audit.repairs()) wrong.push_back({row.integer(0), words, likes ? row.integer(2) : 0});
        }
      },
      [&] {
        for (const auto& one : wrong) {
          if (audit.mended(one.words, [&] { fix(audit.database(), check, one); }))
            audit.repaired(finding, "repaired: " + one.words);
        }
        wrong.clear();
      });
}

}  // namespace

void check_keyed(Audit& audit, const std::string& invariant) {
  for (const auto& check : checks) {
    if (invariant == check.invariant) check_one(audit, check);
  }
}

}  // namespace feedctl::verify
