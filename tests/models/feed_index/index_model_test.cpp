// Every page of the feed index is the definition's, through every interleaving that fits into a
// small model. FEEDCTL_LONG=1 walks through larger ones too.
#include "index_model.hpp"

#include <cstdio>

#include "support/catch.hpp"
#include "support/long_mode.hpp"

using namespace feedctl::models;

namespace {

template <typename Set>
IndexConfig config(const char* name, std::vector<u8> author_of, Set&& set) {
  IndexConfig out{};
  out.name = name;
  out.author_of = std::move(author_of);
  set(out);
  return out;
}

const IndexConfig follows = config("follows", {1, 1}, [](auto& c) {
  c.live = 1;
  c.toggles = 3;
});
const IndexConfig two_loads = config("two loads at once", {1}, [](auto& c) {
  c.live = 1;
  c.toggles = 3;
  c.loads = 2;
});
const IndexConfig posts = config("posts and deletes", {0, 1, 1}, [](auto& c) {
  c.follows = 2;
  c.deletes = 6;
});
const IndexConfig start = config("the start", {1, 1, 1}, [](auto& c) {
  c.follows = 2;
  c.live = 1;
  c.deletes = 3;
  c.slices = 2;
});
const IndexConfig broken_off = config("the start, broken off", {1, 1, 1}, [](auto& c) {
  c.follows = 2;
  c.live = 3;
  c.deletes = 2;
  c.slices = 2;
  c.floor = 1;
  c.outages = 2;
});
const IndexConfig beside = config("the start, slices beside the log", {1, 1, 1}, [](auto& c) {
  c.follows = 2;
  c.live = 1;
  c.deletes = 3;
  c.slices = 2;
  c.log_advances_during_slice = true;
});
const IndexConfig rounds = config("rounds in slices", {1, 1, 0}, [](auto& c) {
  c.follows = 2;
  c.deletes = 1;
  c.batch = 1;
});
const IndexConfig below = config("below the floor", {1, 1, 1, 1}, [](auto& c) {
  c.follows = 2;
  c.live = 9;
  c.deletes = 3;
  c.floor = 2;
});
const IndexConfig late = config("late below the floor", {1, 1, 1}, [](auto& c) {
  c.follows = 2;
  c.live = 4;
  c.deletes = 5;
  c.floor = 2;
});
const IndexConfig below_follows = config("follows below the floor", {1, 2, 2}, [](auto& c) {
  c.authors = 2;
  c.live = 7;
  c.follows = 2;
  c.toggles = 1;
  c.deletes = 1;
  c.floor = 2;
});
const IndexConfig raised = config("the floor raised", {1, 1, 1, 1, 1}, [](auto& c) {
  c.follows = 2;
  c.live = 15;
  c.deletes = 2;
  c.floor = 1;
  c.raised = 3;
  c.sweeps = 2;
});
const IndexConfig below_apart = config("two authors below the floor", {2, 1, 2, 1}, [](auto& c) {
  c.authors = 2;
  c.live = 13;
  c.follows = 6;
  c.deletes = 3;
  c.floor = 3;
});
const IndexConfig below_left = config("leaving below the floor", {1, 2, 1, 2}, [](auto& c) {
  c.authors = 2;
  c.live = 15;
  c.follows = 6;
  c.deletes = 3;
  c.account_deletions = 2;
  c.floor = 3;
});
const IndexConfig leaves = config("accounts removed", {1, 2, 1}, [](auto& c) {
  c.authors = 2;
  c.live = 7;
  c.follows = 6;
  c.account_deletions = 3;
  c.toggles = 1;
  c.floor = 1;
});
const IndexConfig suspended = config("accounts suspended and reinstated", {1, 2, 1}, [](auto& c) {
  c.authors = 2;
  c.live = 5;
  c.follows = 6;
  c.suspensions = 2;
  c.deletes = 1;
});
const IndexConfig suspended_reader = config("the reader suspended", {0, 1}, [](auto& c) {
  c.follows = 2;
  c.live = 1;
  c.suspensions = 3;
});
const IndexConfig suspended_start = config("suspended at the start", {1, 1}, [](auto& c) {
  c.follows = 2;
  c.live = 1;
  c.suspensions = 2;
  c.slices = 2;
});
const IndexConfig suspended_late = config("suspended at a start that breaks off", {1}, [](auto& c) {
  c.follows = 2;
  c.live = 1;
  c.suspensions = 2;
  c.slices = 1;
  c.outages = 2;
  c.log_advances_during_slice = true;
});
const IndexConfig suspended_below = config("suspended below the floor", {1, 2, 1, 2}, [](auto& c) {
  c.authors = 2;
  c.live = 15;
  c.follows = 6;
  c.suspensions = 2;
  c.deletes = 1;
  c.floor = 3;
});
const IndexConfig suspended_swept = config("suspended while swept", {1, 1}, [](auto& c) {
  c.follows = 2;
  c.live = 3;
  c.suspensions = 2;
  c.deletes = 1;
  c.sweeps = 2;
});
const IndexConfig hidden = config("posts hidden and shown again", {1, 2, 1}, [](auto& c) {
  c.authors = 2;
  c.live = 3;
  c.follows = 6;
  c.hides = 5;
  c.deletes = 1;
});
const IndexConfig hidden_start = config("hidden at the start", {1, 1}, [](auto& c) {
  c.follows = 2;
  c.live = 3;
  c.hides = 3;
  c.deletes = 1;
  c.slices = 2;
});
const IndexConfig hidden_late = config("hidden at a start that breaks off", {1}, [](auto& c) {
  c.follows = 2;
  c.live = 1;
  c.hides = 1;
  c.slices = 1;
  c.outages = 2;
  c.log_advances_during_slice = true;
});
const IndexConfig hidden_below = config("hidden below the floor", {1, 2, 1, 2}, [](auto& c) {
  c.authors = 2;
  c.live = 15;
  c.follows = 6;
  c.hides = 1;
  c.deletes = 3;
  c.floor = 3;
});
const IndexConfig hidden_raised = config("hidden while the floor rises", {1, 1, 1, 1}, [](auto& c) {
  c.follows = 2;
  c.live = 15;
  c.hides = 2;
  c.floor = 1;
  c.raised = 2;
  c.sweeps = 1;
});
const IndexConfig hidden_suspended =
    config("hidden, of a suspended author", {1, 2, 1}, [](auto& c) {
      c.authors = 2;
      c.live = 7;
      c.follows = 6;
      c.hides = 4;
      c.suspensions = 2;
      c.deletes = 4;
      c.floor = 1;
    });
const IndexConfig hidden_left = config("hidden, of an author who leaves", {1, 2, 1}, [](auto& c) {
  c.authors = 2;
  c.live = 7;
  c.follows = 6;
  c.hides = 4;
  c.account_deletions = 2;
  c.floor = 1;
  c.deletes = 4;
});
const IndexConfig hidden_rounds = config("hidden in rounds in slices", {1, 1}, [](auto& c) {
  c.follows = 2;
  c.live = 1;
  c.hides = 1;
  c.batch = 1;
  c.sweeps = 1;
});
const IndexConfig shown = config("pages of the definition", {1, 1}, [](auto& c) {
  c.live = 1;
  c.follows = 2;
  c.toggles = 1;
  c.deletes = 1;
  c.uses_defining_query = true;
});
const IndexConfig swept = config("sets evicted", {1, 1}, [](auto& c) {
  c.live = 1;
  c.toggles = 2;
  c.deletes = 1;
  c.sweeps = 2;
});

const IndexConfig read_on = config("read while the log goes on", {1, 0, 1}, [](auto& c) {
  c.live = 1;
  c.follows = 2;
  c.toggles = 1;
  c.deletes = 1;
  c.has_disturbances = true;
});
const IndexConfig read_raised = config("read while the floor rises", {1, 1, 1, 1}, [](auto& c) {
  c.follows = 2;
  c.live = 7;
  c.deletes = 4;
  c.floor = 1;
  c.raised = 2;
  c.has_disturbances = true;
});
const IndexConfig read_leaver = config("read while somebody leaves", {1, 2, 1}, [](auto& c) {
  c.authors = 2;
  c.live = 7;
  c.follows = 6;
  c.account_deletions = 2;
  c.deletes = 1;
  c.floor = 1;
  c.has_disturbances = true;
});

const IndexConfig read_suspended =
    config("read while somebody is suspended", {1, 2, 1}, [](auto& c) {
      c.authors = 2;
      c.live = 7;
      c.follows = 6;
      c.suspensions = 2;
      c.floor = 1;
      c.has_disturbances = true;
    });

const IndexConfig read_hidden = config("read while posts are hidden", {1, 2, 1}, [](auto& c) {
  c.authors = 2;
  c.live = 7;
  c.follows = 6;
  c.hides = 4;
  c.floor = 1;
  c.has_disturbances = true;
  c.deletes = 2;
});
const IndexConfig read_hidden_below =
    config("read while posts below the floor are hidden", {1, 2, 1}, [](auto& c) {
      c.authors = 2;
      c.live = 7;
      c.follows = 6;
      c.hides = 1;
      c.floor = 1;
      c.raised = 2;
      c.has_disturbances = true;
    });

const IndexConfig read_below =
    config("read while posts go below the floor", {2, 1, 1}, [](auto& c) {
      c.authors = 2;
      c.live = 7;
      c.follows = 6;
      c.deletes = 3;
      c.account_deletions = 2;
      c.floor = 2;
      c.has_disturbances = true;
    });

// With FEEDCTL_LONG.
template <typename Set>
IndexConfig larger(IndexConfig of, Set&& set) {
  set(of);
  return of;
}
const IndexConfig long_posts = larger(posts, [](auto& c) {
  c.name = "more posts and deletes";
  c.author_of = {0, 1, 1, 1};
  c.deletes = 7;
});
const IndexConfig long_swept = larger(swept, [](auto& c) {
  c.name = "sets evicted again";
  c.sweeps = 3;
});
const IndexConfig long_loads = larger(two_loads, [](auto& c) {
  c.name = "two loads, posts and evictions";
  c.author_of = {1, 1};
  c.toggles = 2;
  c.deletes = 1;
  c.sweeps = 1;
});
const IndexConfig long_raised = larger(read_raised, [](auto& c) {
  c.name = "read while the floor rises, after sweeps";
  c.sweeps = 1;
});
const IndexConfig long_leaver = larger(read_leaver, [](auto& c) {
  c.name = "read while somebody leaves, and follows";
  c.toggles = 1;
});

std::vector<const IndexConfig*> configs() {
  std::vector<const IndexConfig*> all{&follows,
                                      &two_loads,
                                      &posts,
                                      &start,
                                      &broken_off,
                                      &beside,
                                      &rounds,
                                      &below,
                                      &late,
                                      &below_follows,
                                      &raised,
                                      &below_apart,
                                      &below_left,
                                      &leaves,
                                      &shown,
                                      &swept,
                                      &read_on,
                                      &read_raised,
                                      &read_leaver,
                                      &read_below,
                                      &suspended,
                                      &suspended_reader,
                                      &suspended_start,
                                      &suspended_late,
                                      &suspended_below,
                                      &suspended_swept,
                                      &read_suspended,
                                      &hidden,
                                      &hidden_start,
                                      &hidden_late,
                                      &hidden_below,
                                      &hidden_raised,
                                      &hidden_suspended,
                                      &hidden_left,
                                      &hidden_rounds,
                                      &read_hidden,
                                      &read_hidden_below};
  if (feedctl::support::long_mode())
    all.insert(all.end(), {&long_posts, &long_swept, &long_loads, &long_raised, &long_leaver});
  return all;
}

struct InjectedFault {
  IndexFault fault;
  const IndexConfig& detected_by;
  const char* description;
};
const InjectedFault injected_faults[] = {
    {IndexFault::no_generation, follows, "where the definition has"},
    {IndexFault::generation_late, follows, "where the definition has"},
    {IndexFault::position_late, start, "where the definition has"},
    {IndexFault::position_early, posts, "where the definition has"},
    {IndexFault::not_sticky, beside, "where the definition has"},
    {IndexFault::token_by_order, posts, "lacks what its token saw"},
    {IndexFault::served_early, follows, "where the definition has"},
    {IndexFault::middle_of_round, rounds, "where the definition has"},
    {IndexFault::floor_unseen, raised, "where the definition has"},
    {IndexFault::below_unseen, below, "where the definition has"},
    {IndexFault::always_whole, below, "where the definition has"},
    {IndexFault::older_unawaited, below_follows, "where the definition has"},
    {IndexFault::leaver_in_memory, leaves, "where the definition has"},
    {IndexFault::suspended_unread, suspended_start, "where the definition has"},
    {IndexFault::suspended_forgotten, suspended, "where the definition has"},
    {IndexFault::hidden_unread, hidden_start, "where the definition has"},
    {IndexFault::hidden_forgotten, hidden, "where the definition has"},
    {IndexFault::hidden_below, hidden_below, "where the definition has"},
    {IndexFault::unhidden_below, hidden_below, "where the definition has"},
    {IndexFault::definition_unnoted, shown, "goes back"},
    {IndexFault::log_begun_anew, broken_off, "where the definition has"},
    {IndexFault::below_late_unseen, late, "where the definition has"},
};

}  // namespace

TEST_CASE("every page equals the defining query at its position, under any interleaving") {
  std::uint64_t steps = 0;
  for (const auto* one : configs()) {
    auto found = explore_all(IndexModel(*one));
    if (!found.violation.empty()) {
      const auto shorter = find_shortest_violation(IndexModel(*one));
      if (!shorter.violation.empty()) found = shorter;
    }
    std::printf("%s: %s\n", one->name, found.describe().c_str());
    std::fflush(stdout);
    INFO(one->name << ": " << found.describe());
    CHECK(found.violation.empty());
    CHECK(found.final_states > 0);
    steps += found.steps;
  }
  CHECK(steps > 1'000'000);
}

TEST_CASE("faults injected into the order of steps are detected") {
  for (const auto& one : injected_faults) {
    const auto found = find_shortest_violation(IndexModel(one.detected_by, one.fault));
    INFO("mistake " << static_cast<int>(one.fault) << " in " << one.detected_by.name);
    INFO(found.describe());
    CHECK(found.violation.find(one.description) != std::string::npos);
  }
}

TEST_CASE("a load that is installed over another one does no harm") {
  const auto found = explore_all(IndexModel(two_loads, IndexFault::replaced_by_install));
  INFO(found.describe());
  CHECK(found.violation.empty());
}
