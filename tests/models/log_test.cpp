// Every event of the log once, through every interleaving that fits into a small model.
#include <cstdio>

#include "log_model.hpp"
#include "support/catch.hpp"

using namespace feedctl::models;

namespace {

constexpr auto plain = Kind::plain, broken = Kind::broken, deadly = Kind::deadly;

const std::vector<LogConfig> configs{
    {"three writers", {{plain}, {plain}, {plain}}, 1, 1, 1},
    {"a writer of two events", {{plain, plain}, {plain}}, 1, 2, 2},
    {"idle saves", {{plain}, {plain}}, 1, 1, 2, 0, false, true},
    {"two owners", {{plain}, {plain}}, 2, 1, 0},
    {"two owners of one event, crashes and failures", {{plain}}, 2, 1, 2, 1},
    {"a broken event", {{broken}, {plain}}, 1, 2, 2, 1},
    {"a deadly event", {{deadly}, {plain}}, 1, 2, 2},
    {"a deadly event and failures", {{deadly}, {plain}}, 1, 2, 0, 4},
    {"a deadly event, two owners", {{deadly}}, 2, 1, 0, 1},
    {"a handler that writes events", {{plain}, {plain}}, 1, 1, 1, 0, true},
};

void tell(const char* name, const Walk& walk) {
  std::printf("%s: %s\n", name, walk.story().c_str());
  std::fflush(stdout);
}

const LogConfig three{"three writers", {{plain}, {plain}, {plain}}, 1, 1, 1};
const LogConfig pairs{"batches of two", {{plain}, {plain}, {plain}}, 1, 2, 1};
const LogConfig twins{"two owners", {{plain}, {plain}}, 2, 1, 0};
const LogConfig chained{"a handler that writes events", {{plain}, {plain}}, 1, 2, 1, 0, true};
const LogConfig killer{"a deadly event", {{deadly}}, 1, 1, 0};

struct Planted {
  Mistake mistake;
  const LogConfig& hunted_by;
  const char* what;
};
const Planted planted[] = {
    {Mistake::id_cursor, three, "lost"},      {Mistake::effects_first, three, "twice"},
    {Mistake::position_first, three, "lost"}, {Mistake::blind_save, twins, "went back"},
    {Mistake::no_upto, three, "lost"},        {Mistake::done_kept, pairs, "lost"},
    {Mistake::own_id_first, chained, "lost"}, {Mistake::snapshot_apart, pairs, "lost"},
};

}  // namespace

TEST_CASE("no event is lost, doubled, or buried before its time, whatever happens when") {
  std::uint64_t steps = 0;
  for (const auto& config : configs) {
    const LogModel model(config);
    auto found = walk(model);
    if (!found.violation.empty()) found = shortest(model);
    tell(config.name, found);
    INFO(config.name << ": " << found.story());
    CHECK(found.violation.empty());
    CHECK(found.rests > 0);
    steps += found.steps;
  }
  CHECK(steps > 1'000'000);
}

TEST_CASE("mistakes planted into the log's statements are found") {
  for (const auto& one : planted) {
    const auto found = shortest(LogModel(one.hunted_by, one.mistake));
    INFO("mistake " << static_cast<int>(one.mistake) << " in " << one.hunted_by.name);
    INFO(found.story());
    CHECK(found.violation.find(one.what) != std::string::npos);
    CHECK(walk(LogModel(one.hunted_by, one.mistake)).violation != "");
  }
  // Without the note, a deadly event goes on ending its owner's process for ever.
  const auto looping = walk(LogModel(killer, Mistake::mark_forgotten));
  INFO(looping.story());
  CHECK(looping.rests < walk(LogModel(killer)).rests);
}
