// View counters: each view and impression once, through every interleaving that fits into a small
// model. FEEDCTL_LONG=1 walks through larger ones too.
#include "flush_model.hpp"

#include <cstdio>

#include "base/log.hpp"
#include "support/catch.hpp"
#include "support/long_mode.hpp"

using namespace feedctl::models;

namespace {

const FlushConfig killed{.name = "two flushes, one is killed", .views = 1, .crashes = 1};
const FlushConfig doubt{.name = "calls in doubt", .views = 1, .impressions = 1, .failures = 1};
const FlushConfig redis_crash{
    .name = "Redis crashes, impressions", .views = 0, .impressions = 2, .redis_crashes = 1};
const FlushConfig redis_crash_views{
    .name = "Redis crashes, views", .views = 1, .impressions = 0, .repeats = 1, .redis_crashes = 1};
const FlushConfig long_lived{.name = "a flush that lives on, Redis crashes twice",
                             .views = 1,
                             .impressions = 1,
                             .repeats = 1,
                             .flushers = 1,
                             .runs = 3,
                             .redis_crashes = 2};
const FlushConfig first_epoch{.name = "the first epoch, Redis crashes",
                              .views = 0,
                              .impressions = 1,
                              .redis_crashes = 1,
                              .has_epoch = false};
const FlushConfig first_doubt{.name = "the first epoch, calls in doubt",
                              .views = 0,
                              .impressions = 1,
                              .failures = 1,
                              .has_epoch = false};
const FlushConfig restored{
    .name = "Redis is restored", .flushers = 1, .starts = 2, .crashes = 1, .restores = 1};
const FlushConfig restored_doubt{.name = "Redis is restored, calls in doubt",
                                 .views = 1,
                                 .flushers = 1,
                                 .starts = 2,
                                 .failures = 1,
                                 .restores = 1};
const FlushConfig restored_apart{
    .name = "Redis is restored between two flushes", .views = 1, .impressions = 1, .restores = 1};
const FlushConfig restored_crash{.name = "Redis crashes and is restored",
                                 .views = 1,
                                 .impressions = 1,
                                 .flushers = 1,
                                 .starts = 2,
                                 .redis_crashes = 1,
                                 .restores = 1};
const FlushConfig emptied{.name = "Redis is emptied", .views = 1, .impressions = 1, .flushalls = 1};
const FlushConfig emptied_first{.name = "Redis is emptied, the first epoch",
                                .views = 0,
                                .impressions = 1,
                                .flushalls = 1,
                                .has_epoch = false};
const FlushConfig unregistered{
    .name = "the registry is lost", .views = 1, .impressions = 1, .registry_losses = 1};

// FEEDCTL_LONG=1
const FlushConfig repeated{.name = "Redis crashes, views and impressions",
                           .views = 1,
                           .impressions = 1,
                           .repeats = 1,
                           .redis_crashes = 1};
const FlushConfig many_killed{.name = "two flushes, killed twice", .views = 3, .crashes = 2};
const FlushConfig all_crash{.name = "a flush is killed and Redis crashes",
                            .views = 1,
                            .impressions = 1,
                            .crashes = 1,
                            .redis_crashes = 1};
const FlushConfig first_all{.name = "the first epoch, a flush is killed and Redis crashes",
                            .views = 0,
                            .impressions = 1,
                            .crashes = 1,
                            .redis_crashes = 1,
                            .has_epoch = false};
const FlushConfig emptied_twice{.name = "Redis is emptied, two impressions, the first epoch",
                                .views = 0,
                                .flushalls = 1,
                                .has_epoch = false};
const FlushConfig long_lived_doubt{.name = "a flush that lives on, Redis crashes, calls in doubt",
                                   .views = 1,
                                   .flushers = 1,
                                   .runs = 3,
                                   .failures = 1,
                                   .redis_crashes = 1};

void tell(const char* name, const Exploration& walk) {
  std::printf("%s: %s\n", name, walk.describe().c_str());
  std::fflush(stdout);
}

struct InjectedFault {
  FlushFault fault;
  const FlushConfig& detected_by;
  const char* description;
};
const InjectedFault injected_faults[] = {
    {FlushFault::no_ledger, killed, "counted twice"},
    {FlushFault::ledger_first, killed, "an impression was lost"},
    {FlushFault::counters_first, killed, "counted twice"},
    {FlushFault::fixed_name, killed, "lost"},
    {FlushFault::no_registry, killed, "left for ever"},
    {FlushFault::no_registration, unregistered, "left for ever"},
    {FlushFault::no_horizon, redis_crash, "a crash was reported as a rollback"},
    {FlushFault::no_fence, restored, "counted twice"},
    {FlushFault::live_kept, restored, "counted twice"},
    {FlushFault::always_drops, first_epoch, "made durable impressions doubtful"},
    {FlushFault::two_commands, killed, "a view was lost"},
    {FlushFault::counted_sequence, repeated, "a view was lost"},
    {FlushFault::counted_sequence, restored_crash, "counted twice"},
};

// The log tells of rollbacks, once a step.
struct QuietLog {
  QuietLog() { feedctl::log::setup({feedctl::log::Level::off}); }
  ~QuietLog() { feedctl::log::setup({}); }
};

}  // namespace

TEST_CASE("each view and impression is counted once, under any interleaving") {
  const QuietLog quiet;
  std::vector<const FlushConfig*> configs{
      &killed,      &doubt,         &redis_crash,    &redis_crash_views, &long_lived,
      &first_doubt, &restored,      &restored_doubt, &restored_apart,    &restored_crash,
      &emptied,     &emptied_first, &unregistered};
  if (feedctl::support::long_mode())
    configs.insert(configs.end(), {&repeated, &first_epoch, &many_killed, &all_crash, &first_all,
                                   &emptied_twice, &long_lived_doubt});
  std::uint64_t steps = 0;
  for (const auto* one : configs) {
    auto found = explore_all(FlushModel(*one), 10'000'000);
    if (!found.violation.empty()) found = find_shortest_violation(FlushModel(*one), 400'000);
    tell(one->name, found);
    INFO(one->name << ": " << found.describe());
    CHECK(found.violation.empty());
    CHECK(found.final_states > 0);
    steps += found.steps;
  }
  CHECK(steps > 1'000'000);
}

TEST_CASE("faults injected into the flush's statements are detected") {
  const QuietLog quiet;
  for (const auto& one : injected_faults) {
    const auto found = find_shortest_violation(FlushModel(one.detected_by, one.fault), 400'000);
    INFO("fault " << static_cast<int>(one.fault) << " in " << one.detected_by.name);
    INFO(found.describe());
    CHECK(found.violation.find(one.description) != std::string::npos);
    CHECK_FALSE(found.schedule.empty());
  }
}
