#include "config/work_options.hpp"

#include <iterator>
#include <utility>

namespace feedctl::config {

namespace {

constexpr std::int64_t second = 1000, day = 24 * 3600 * second;

std::vector<Option> work_options() {
  return {
      {.key = "work.concurrency",
       .help = "batches of events that one process handles at a time",
       .field = [](Config& c) -> Field { return &c.work.concurrency; },
       .min_value = 1,
       .max_value = 16},
      {.key = "work.batch",
       .help = "maximum number of events handled in one transaction",
       .field = [](Config& c) -> Field { return &c.work.batch; },
       .min_value = 1,
       .max_value = 5000},
      {.key = "work.host",
       .help = "address of the workers' own /metrics and /health; one that other machines can "
               "reach needs server.insecure_public",
       .field = [](Config& c) -> Field { return &c.work.host; },
       .rule = "not empty"},
      {.key = "work.port",
       .help = "port of the workers' own /metrics and /health; 0 is none",
       .field = [](Config& c) -> Field { return &c.work.port; },
       .max_value = 65535},
      {.key = "work.keep_dead",
       .help = "how long dead letters are kept",
       .field = [](Config& c) -> Field { return &c.work.keep_dead; },
       .min_value = day,
       .max_value = 3650 * day},
      {.key = "work.clock_settling",
       .help = "how long the database's clock must run without a jump before old data is removed",
       .field = [](Config& c) -> Field { return &c.work.clock_settling; },
       .min_value = second,
       .max_value = 30 * day},
  };
}

}  // namespace

std::vector<Option> with_work_options(std::vector<Option> options) {
  auto more = work_options();
  options.insert(options.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  return options;
}

}  // namespace feedctl::config
