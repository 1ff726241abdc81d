// Every event of the log once, through every interleaving that fits into a small model.
#include "log_model.hpp"

#include <cstdio>

#include "support/catch.hpp"
#include "support/long_mode.hpp"

using namespace feedctl::models;

namespace {

constexpr auto plain = EventKind::plain, broken = EventKind::failing, deadly = EventKind::crashing;

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

void tell(const char* name, const Exploration& walk) {
  std::printf("%s: %s\n", name, walk.describe().c_str());
  std::fflush(stdout);
}

const LogConfig three{"three writers", {{plain}, {plain}, {plain}}, 1, 1, 1};
const LogConfig pairs{"batches of two", {{plain}, {plain}, {plain}}, 1, 2, 1};
const LogConfig twins{"two owners", {{plain}, {plain}}, 2, 1, 0};
const LogConfig chained{"a handler that writes events", {{plain}, {plain}}, 1, 2, 1, 0, true};
const LogConfig killer{"a deadly event", {{deadly}}, 1, 1, 0};

struct InjectedFault {
  LogFault fault;
  const LogConfig& detected_by;
  const char* description;
};
const InjectedFault injected_faults[] = {
    {LogFault::id_cursor, three, "lost"},      {LogFault::effects_first, three, "twice"},
    {LogFault::position_first, three, "lost"}, {LogFault::blind_save, twins, "went back"},
    {LogFault::no_upto, three, "lost"},        {LogFault::done_kept, pairs, "lost"},
    {LogFault::own_id_first, chained, "lost"}, {LogFault::snapshot_apart, pairs, "lost"},
};

}  // namespace

TEST_CASE("no event is lost, duplicated or dead-lettered too early, under any interleaving") {
  std::uint64_t steps = 0;
  for (const auto& config : configs) {
    if (config.writers.size() > 2 && !feedctl::support::long_mode()) continue;  // half of all steps
    const LogModel model(config);
    auto found = explore_all(model);
    if (!found.violation.empty()) found = find_shortest_violation(model);
    tell(config.name, found);
    INFO(config.name << ": " << found.describe());
    CHECK(found.violation.empty());
    CHECK(found.final_states > 0);
    steps += found.steps;
  }
  CHECK(steps > 1'000'000);
}

TEST_CASE("faults injected into the log's statements are detected") {
  for (const auto& one : injected_faults) {
    const auto found = find_shortest_violation(LogModel(one.detected_by, one.fault));
    INFO("mistake " << static_cast<int>(one.fault) << " in " << one.detected_by.name);
    INFO(found.describe());
    CHECK(found.violation.find(one.description) != std::string::npos);
    CHECK(explore_all(LogModel(one.detected_by, one.fault)).violation != "");
  }
  // Without the note, a deadly event goes on ending its owner's process for ever.
  const auto looping = explore_all(LogModel(killer, LogFault::mark_forgotten));
  INFO(looping.describe());
  CHECK(looping.final_states < explore_all(LogModel(killer)).final_states);
}
