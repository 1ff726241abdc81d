// No row of a feed is ever missing, through every interleaving that fits into a small model.
#include <cstdio>

#include "feed_model.hpp"
#include "support/catch.hpp"

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
  c.direct_followers = 1;
  c.chunk = 1;
});
const FeedConfig backfill = config("a backfill in chunks", "wj", {0, 0, 0}, [](auto& c) {
  c.live = 3;
  c.deletes = 1;
  c.direct_posts = 1;
  c.chunk = 1;
});
const FeedConfig pull = config("authors who become too popular", "ww", {0}, [](auto& c) {
  c.readers = 2;
  c.follows = 1;
  c.pull = 1;
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
  c.keeps_all = true;
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

struct Planted {
  FeedMistake mistake;
  const FeedConfig& hunted_by;
  const char* what;
};
const Planted planted[] = {
    {FeedMistake::snapshot_before_flag, activation, "miss post"},
    {FeedMistake::fan_out_on_only, activation, "miss post"},
    {FeedMistake::backfill_on_only, activation, "miss post"},
    {FeedMistake::on_without_look, anew, "miss post"},
    {FeedMistake::on_without_generation, anew, "miss post"},
    {FeedMistake::cursor_resumed, anew, "miss post"},
    {FeedMistake::followee_cut, post_by_post, "miss post"},
    {FeedMistake::position_first, slots, "miss post"},
    {FeedMistake::cursor_first, fan_out, "miss post"},
    {FeedMistake::drop_first, parts, "for ever"},
    {FeedMistake::drop_early, read_part, "a reader misses"},
    {FeedMistake::below_floor, parts, "no part to stand in"},
};

}  // namespace

TEST_CASE("no row above the floor is ever missing, whatever happens when") {
  std::uint64_t steps = 0;
  for (const auto* one : {&toggles, &slots, &activation, &anew, &post_by_post, &fan_out, &backfill,
                          &pull, &parts, &read_part, &filled_part, &newcomers, &mixed}) {
    const auto found = walk(FeedModel(*one));
    std::printf("%s: %s\n", one->name, found.story().c_str());
    std::fflush(stdout);
    INFO(one->name << ": " << found.story());
    CHECK(found.violation.empty());
    CHECK(found.rests > 0);
    steps += found.steps;
  }
  CHECK(steps > 1'000'000);
}

TEST_CASE("mistakes planted into the feed's statements are found") {
  for (const auto& one : planted) {
    const auto found = shortest(FeedModel(one.hunted_by, one.mistake));
    INFO("mistake " << static_cast<int>(one.mistake) << " in " << one.hunted_by.name);
    INFO(found.story());
    CHECK(found.violation.find(one.what) != std::string::npos);
    CHECK_FALSE(found.schedule.empty());
  }
}

TEST_CASE("a position that a paused owner puts back does the feed no harm") {
  const auto found = walk(FeedModel(put_back, FeedMistake::blind_save));
  INFO(found.story());
  CHECK(found.violation.empty());
}
