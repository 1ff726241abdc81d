#include "verify/explain.hpp"

#include "sql/verify.hpp"

namespace feedctl::verify {
namespace {

// explain.sql, by name.
struct Facts {
  std::optional<bool> user_lives, post_lives, author_lives;
  std::optional<Id> author;
  bool follows, pull, above_floor, has_part;
  std::optional<std::int64_t> state, generation;
  bool row, post_waits, follow_waits;
  std::optional<std::string> jobs, dead;
  std::int64_t newer;
  bool own = false;
};

std::optional<bool> maybe_boolean(const store::Row& row, int column) {
  if (row.null(column)) return std::nullopt;
  return row.boolean(column);
}

Facts facts_of(const store::Row& row, Id user) {
  Facts f;
  f.user_lives = maybe_boolean(row, 0);
  f.post_lives = maybe_boolean(row, 1);
  f.author = row.maybe_integer(2);
  f.author_lives = maybe_boolean(row, 3);
  f.follows = row.boolean(4);
  f.pull = row.boolean(5);
  f.above_floor = row.boolean(6);
  f.has_part = row.boolean(7);
  f.state = row.maybe_integer(8);
  f.generation = row.maybe_integer(9);
  f.row = row.boolean(10);
  f.post_waits = row.boolean(11);
  f.follow_waits = row.boolean(12);
  f.jobs = row.maybe_text(13);
  f.dead = row.maybe_text(14);
  f.newer = row.integer(15);
  f.own = f.author && *f.author == user;
  return f;
}

std::string yes(bool value) {
  return value ? "yes" : "no";
}

std::string lives(const std::optional<bool>& living) {
  if (!living) return "no, there is none";
  return *living ? "yes" : "no, it is gone";
}

std::string state_of(const Facts& f) {
  if (!f.state || *f.state == 0) return "off: none are kept";
  const auto generation = ", generation " + std::to_string(f.generation.value_or(0));
  return (*f.state == 1 ? "filling" : "on") + generation;
}

std::vector<Explanation::Condition> conditions(const Facts& f, bool in_feed) {
  std::vector<Explanation::Condition> all{
      {"user lives", lives(f.user_lives)},
      {"post lives", lives(f.post_lives)},
      {"author lives", f.author ? lives(f.author_lives) : "the post has no author"},
      {"author", f.author ? std::to_string(*f.author) : "-"},
      {"user follows author", yes(f.follows)},
      {"own post", yes(f.own)},
      {"author is merged at read", yes(f.pull)},
      {"above the floor", yes(f.above_floor)},
      {"has a part to stand in", yes(f.has_part)},
      {"rows of the user", state_of(f)},
      {"row present", yes(f.row)},
      {"post's event", f.post_waits ? "waiting" : "passed"},
      {"follow's event", f.follow_waits ? "waiting" : "passed, or none"},
      {"open jobs", f.jobs.value_or("none")},
      {"dead letters", f.dead.value_or("none")},
  };
  std::string rank = "-";
  if (in_feed) rank = f.newer >= 10000 ? "behind 10000" : std::to_string(f.newer + 1);
  all.push_back({"rank in the feed", rank});
  return all;
}

// Why the definition leaves it out; "" where it does not.
std::string reason_out(const Facts& f) {
  if (!f.user_lives) return "there is no such user";
  if (!*f.user_lives) return "the user has left";
  if (!f.post_lives) return "there is no such post";
  if (!*f.post_lives) return "the post is deleted";
  if (!f.author) return "the post has no author";
  if (!f.author_lives.value_or(false)) return "its author has left";
  if (!f.own && !f.follows) return "the user does not follow its author";
  return "";
}

bool on_its_way(const Facts& f) {
  return f.post_waits || f.follow_waits || f.jobs;
}

// By what it comes into a feed that it is in.
std::string way_in(const Facts& f, bool& drift) {
  if (f.own) return "it is the user's own, and merged at read";
  if (f.pull) return "its author has many followers, and is merged at read";
  if (!f.above_floor) return "it lies below the rows' floor, and the definition answers";
  if (!f.has_part) return "the rows have no part for it, and the definition answers";
  if (f.state.value_or(0) == 0) return "no rows are kept for the user, and the definition answers";
  if (f.row) return "its row is there";
  if (*f.state == 1)
    return "the user's rows are being filled, and the definition answers meanwhile";
  if (on_its_way(f)) return "its row is on its way";
  drift = true;
  return "but its row is missing and nothing will bring it: run feedctl rebuild-feed --user";
}

}  // namespace

Explanation explain(store::Database& database, Id user, Id post) {
  const auto rows = database.read(sql::verify::explain, store::params(user, post));
  const auto f = facts_of(rows.only(), user);
  Explanation out;
  const auto why_not = reason_out(f);
  out.in_feed = why_not.empty();
  if (out.in_feed) {
    out.verdict = "in the feed: " + way_in(f, out.drift);
    if (out.drift) out.verdict += " " + std::to_string(user);
  } else {
    out.verdict = "not in the feed: " + why_not;
    if (f.row) out.verdict += "; its row is left over, and readers leave it out";
  }
  out.conditions = conditions(f, out.in_feed);
  return out;
}

}  // namespace feedctl::verify
