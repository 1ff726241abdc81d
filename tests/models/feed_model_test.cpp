// No row of a feed is ever missing, through every interleaving that fits into a small model.
#include "feed_model.hpp"

#include <cstdio>

#include "support/catch.hpp"
#include "support/long_mode.hpp"

using namespace feedctl::models;

namespace {

template <typename Set>
FeedConfig config(const char* name, const char* actors, std::vector<u8> author_of, Set&& set) {
  FeedConfig out{};
  out.name = name;
  out.actors = actors;
  out.author_of = std::move(author_of);
  set(out);
  return out;
}

const FeedConfig toggles = config("follow toggles and deletes", "ww", {0, 0}, [](auto& c) {
  c.toggles = 2;
  c.deletes = 1;
  c.crashes = 0;
});
const FeedConfig put_back = config("a position put back", "ww", {0}, [](auto& c) {
  c.toggles = 2;
  c.deletes = 1;
  c.crashes = 0;
});
const FeedConfig slots = config("a slot for each event", "ww", {0, 0}, [](auto& c) {
  c.one_slot = false;
  c.deletes = 1;
});
const FeedConfig activation = config("activation", "wj", {0, 0}, [](auto& c) {
  c.live = 1;
  c.state = 0;
  c.activations = 1;
});
const FeedConfig anew = config("activation anew, chunk by chunk", "wjj", {0, 1}, [](auto& c) {
  c.follows = 3;
  c.toggles = 0;
  c.state = 0;
  c.activations = 2;
  c.chunk = 1;
  c.crashes = 0;
});
const FeedConfig post_by_post = config("activation, post by post", "wj", {0, 0, 1}, [](auto& c) {
  c.live = 3;
  c.follows = 1;
  c.deletes = 2;
  c.state = 0;
  c.activations = 1;
  c.chunk = 1;
  c.crashes = 0;
});
const FeedConfig fan_out = config("a fan-out in chunks", "wj", {0}, [](auto& c) {
  c.readers = 2;
  c.fan_out_job_above = 1;
  c.chunk = 1;
});
const FeedConfig backfill = config("a backfill in chunks", "wj", {0, 0, 0}, [](auto& c) {
  c.live = 3;
  c.deletes = 1;
  c.backfill_job_above = 1;
  c.chunk = 1;
});
const FeedConfig fan_out_on_read = config("authors who become too popular", "ww", {0}, [](auto& c) {
  c.readers = 2;
  c.follows = 1;
  c.fan_out_on_read_above = 1;
  c.one_slot = false;
  c.crashes = 0;
});
const FeedConfig parts = config("a part retired", "wr", {0, 0}, [](auto& c) {
  c.live = 2;
  c.follows = 1;
  c.floor = 1;
  c.toggles = 2;
});
const FeedConfig read_part =
    config("a part retired before a reader's eyes", "wr", {0}, [](auto& c) {
      c.live = 1;
      c.follows = 1;
      c.floor = 1;
    });
const FeedConfig filled_part = config("a part retired while feeds fill", "wj", {0, 0}, [](auto& c) {
  c.live = 1;
  c.follows = 1;
  c.floor = 1;
  c.state = 0;
  c.activations = 2;
});
const FeedConfig newcomers = config("rows for all", "wj", {0, 0}, [](auto& c) {
  c.state = 0;
  c.keeps_rows_for_all = true;
});
const FeedConfig mixed = config("all of it", "wj", {0, 1}, [](auto& c) {
  c.live = 1;
  c.deletes = 2;
  c.state = 0;
  c.activations = 1;
  c.floor = 1;
  c.one_slot = false;
  c.chunk = 1;
  c.crashes = 0;
});

struct InjectedFault {
  FeedFault fault;
  const FeedConfig& detected_by;
  const char* description;
};
const InjectedFault injected_faults[] = {
    {FeedFault::snapshot_before_flag, activation, "miss post"},
    {FeedFault::fan_out_on_only, activation, "miss post"},
    {FeedFault::backfill_on_only, activation, "miss post"},
    {FeedFault::on_without_look, anew, "miss post"},
    {FeedFault::on_without_generation, anew, "miss post"},
    {FeedFault::cursor_resumed, anew, "miss post"},
    {FeedFault::followee_cut, post_by_post, "miss post"},
    {FeedFault::position_first, slots, "miss post"},
    {FeedFault::cursor_first, fan_out, "miss post"},
    {FeedFault::drop_first, parts, "for ever"},
    {FeedFault::drop_early, read_part, "a reader misses"},
    {FeedFault::below_floor, parts, "no part to stand in"},
};

}  // namespace

TEST_CASE("no row above the floor is ever missing, under any interleaving") {
  std::uint64_t steps = 0;
  std::vector<const FeedConfig*> configs{&put_back,     &slots,     &activation,  &anew,
                                         &post_by_post, &fan_out,   &backfill,    &fan_out_on_read,
                                         &parts,        &read_part, &filled_part, &newcomers};
  if (feedctl::support::long_mode()) configs.insert(configs.end(), {&toggles, &mixed});
  for (const auto* one : configs) {
    const auto found = explore_all(FeedModel(*one));
    std::printf("%s: %s\n", one->name, found.describe().c_str());
    std::fflush(stdout);
    INFO(one->name << ": " << found.describe());
    CHECK(found.violation.empty());
    CHECK(found.final_states > 0);
    steps += found.steps;
  }
  CHECK(steps > 1'000'000);
}

TEST_CASE("faults injected into the feed's statements are detected") {
  for (const auto& one : injected_faults) {
    const auto found = find_shortest_violation(FeedModel(one.detected_by, one.fault));
    INFO("mistake " << static_cast<int>(one.fault) << " in " << one.detected_by.name);
    INFO(found.describe());
    CHECK(found.violation.find(one.description) != std::string::npos);
    CHECK_FALSE(found.schedule.empty());
  }
}

TEST_CASE("a position overwritten by a paused owner does the feed no harm") {
  const auto found = explore_all(FeedModel(put_back, FeedFault::blind_save));
  INFO(found.describe());
  CHECK(found.violation.empty());
}
