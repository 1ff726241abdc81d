// feedctl size: predicts what a load needs and which resource ends first, or compares the model
// with the connected database.
#include "base/error.hpp"
#include "config/units.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/count_parser.hpp"
#include "feedctl/machine_limits.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/size_report.hpp"
#include "feedctl/stats_options.hpp"
#include "operations/size_compare.hpp"
#include "operations/size_model.hpp"

namespace feedctl::cli {

namespace {

using operations::FeedRows;
using operations::PageLayout;
using operations::SizePlan;

struct SizeFlags {
  std::optional<std::string> users, follows, posts_per_day, likes_per_day, views_per_day,
      follows_per_day, active, disk, memory, write_ceiling, materialize, layout;
  std::optional<std::int64_t> days_kept;
  bool live = false, compare = false;
};

// Without an own figure, a post gets so many likes and views, and the graph grew in a year.
constexpr double likes_of_post = 5, views_of_post = 10, days_of_graph = 365;

double count_of(const std::string& option, const std::optional<std::string>& text,
                double otherwise) {
  return text ? static_cast<double>(parse_count(option, *text)) : otherwise;
}

double bytes_of(const std::string& option, const std::string& text) {
  const auto size = config::parse_size(text);
  if (!size || *size == 0) {
    throw Error(ErrorCode::usage, option + ": not a size: " + text)
        .with_hint("write it as in 512MiB, 40GiB or 2TiB");
  }
  return static_cast<double>(*size);
}

double share_of(const std::string& option, const std::string& text) {
  const auto share = config::parse_percent(text);
  if (!share || *share < 0 || *share > 1) {
    throw Error(ErrorCode::usage, option + ": not a share: " + text)
        .with_hint("write it as in 10% or 0.5%");
  }
  return *share;
}

FeedRows feed_rows_of(const SizeFlags& flags, const config::Config& config) {
  const auto word = flags.materialize.value_or("");
  if (word == "off") return FeedRows::off;
  if (word == "active") return FeedRows::active;
  if (word == "all") return FeedRows::all;
  switch (config.feed.materialize) {
    case config::Materialize::off:
      return FeedRows::off;
    case config::Materialize::all:
      return FeedRows::all;
    default:
      return FeedRows::active;
  }
}

PageLayout layout_of(const SizeFlags& flags, PageLayout otherwise) {
  if (!flags.layout) return otherwise;
  return *flags.layout == "packed" ? PageLayout::packed : PageLayout::grown;
}

SizePlan configured_plan(const SizeFlags& flags, const config::Config& config) {
  SizePlan plan;
  plan.feed_rows = feed_rows_of(flags, config);
  plan.rows_days = config.feed.rows_days;
  plan.index_days = config.feed.index ? config.feed.index_days : 0;
  plan.event_days = std::chrono::duration<double, std::ratio<86400>>(config.events.keep).count();
  plan.index_bytes = static_cast<double>(config.feed.index_bytes);
  plan.fragment_bytes = static_cast<double>(config.feed.parts_bytes);
  plan.layout = layout_of(flags, plan.layout);
  return plan;
}

SizePlan planned(const SizeFlags& flags, const config::Config& config) {
  auto plan = configured_plan(flags, config);
  plan.users = count_of("--users", flags.users, 0);
  plan.follows = count_of("--follows", flags.follows, 0);
  plan.posts_per_day = count_of("--posts-per-day", flags.posts_per_day, 0);
  plan.likes_per_day =
      count_of("--likes-per-day", flags.likes_per_day, likes_of_post * plan.posts_per_day);
  plan.views_per_day =
      count_of("--views-per-day", flags.views_per_day, views_of_post * plan.posts_per_day);
  plan.follows_per_day =
      count_of("--follows-per-day", flags.follows_per_day, plan.follows / days_of_graph);
  if (flags.active) plan.active_share = share_of("--active", *flags.active);
  plan.days_kept = static_cast<double>(flags.days_kept.value_or(30));
  return plan;
}

// `disk`: its bytes where no option names them.
operations::Ceilings ceilings_of(const SizeFlags& flags, double disk) {
  auto ceilings = operations::measured_ceilings();
  ceilings.disk_bytes = flags.disk ? bytes_of("--disk", *flags.disk) : disk;
  ceilings.memory_bytes =
      flags.memory ? bytes_of("--memory", *flags.memory) : machine_memory_bytes();
  ceilings.writes_a_second =
      count_of("--write-ceiling", flags.write_ceiling, ceilings.writes_a_second);
  return ceilings;
}

void print_prediction(const Runtime& runtime, const SizeReport& report) {
  const bool is_table = runtime.common().format() == OutputFormat::table;
  runtime.print(is_table ? human_text(report) : json_text(report));
}

int run_plan(const Runtime& runtime, const SizeFlags& flags) {
  SizeReport report;
  report.plan = planned(flags, runtime.config());
  report.prediction = operations::predict(report.plan, operations::population_of(report.plan),
                                          ceilings_of(flags, disk_bytes(".")));
  print_prediction(runtime, report);
  return exit_ok;
}

// What the connected database holds.
struct Measured {
  explicit Measured(Runtime& runtime)
      : options(make_stats_options(runtime.config())),
        stats(operations::collect_stats(runtime.database(), options)),
        population(operations::measure_population(runtime.database(), stats, options)) {}
  operations::StatsOptions options;
  operations::StatsReport stats;
  operations::Population population;
};

int run_live(Runtime& runtime, const SizeFlags& flags) {
  const Measured found(runtime);
  const auto& [options, stats, population] = found;
  const auto load = operations::measure_load(runtime.database(), stats, options);
  SizeReport report;
  report.plan = configured_plan(flags, runtime.config());
  report.plan.layout = layout_of(flags, operations::guess_layout(population));
  operations::set_live(report.plan, population, load);
  report.live_hours = load.hours;
  report.prediction =
      operations::predict(report.plan, population, ceilings_of(flags, 0), load.peak_factor);
  // The disk is measured, so the model needs not guess.
  operations::use_measured_disk(report.prediction, stats,
                                free_disk_bytes(stats.data_folder.value_or(".")));
  print_prediction(runtime, report);
  return exit_ok;
}

int run_compare(Runtime& runtime, const SizeFlags& flags) {
  const Measured found(runtime);
  const auto layout = layout_of(flags, operations::guess_layout(found.population));
  print_comparison(runtime, operations::compare_sizes(found.stats, found.population, layout));
  return exit_ok;
}

// Of options that a question would ignore.
void check_flags_of_database(const SizeFlags& flags) {
  const bool has_plan = flags.users || flags.follows || flags.posts_per_day ||
                        flags.likes_per_day || flags.views_per_day || flags.follows_per_day ||
                        flags.active || flags.days_kept;
  if (has_plan)
    throw Error(ErrorCode::usage, "counts, --active and --days-kept are those of a plan")
        .with_hint("leave them out: --live and --compare take them from the database");
  if (flags.compare && (flags.disk || flags.memory || flags.write_ceiling || flags.materialize))
    throw Error(ErrorCode::usage,
                "--compare measures sizes only: limits and --materialize change "
                "nothing of them")
        .with_hint("leave them out, or ask with --live");
}

void check_flags(const SizeFlags& flags) {
  if (flags.live && flags.compare)
    throw Error(ErrorCode::usage, "--live and --compare are two different questions")
        .with_hint("run feedctl size once with each");
  if (flags.live || flags.compare) return check_flags_of_database(flags);
  if (!flags.users || !flags.follows || !flags.posts_per_day) {
    throw Error(ErrorCode::usage, "a plan needs --users, --follows and --posts-per-day")
        .with_hint("feedctl size --users 1M --follows 10M --posts-per-day 30k, or --live");
  }
}

void declare_plan(Spec& spec, SizeFlags& flags) {
  spec.value("--users", "N", "accounts: 500, 10k, 1M", &flags.users);
  spec.value("--follows", "N", "follows among them", &flags.follows);
  spec.value("--posts-per-day", "N", "new posts a day", &flags.posts_per_day);
  spec.value("--likes-per-day", "N", "new likes a day", &flags.likes_per_day)
      .shown_default("five for each post");
  spec.value("--views-per-day", "N", "counted views a day", &flags.views_per_day)
      .shown_default("ten for each post");
  spec.value("--follows-per-day", "N", "new follows a day", &flags.follows_per_day)
      .shown_default("a 365th of --follows");
  spec.value("--active", "SHARE", "users with rows of home feeds", &flags.active)
      .shown_default("10%");
  spec.value("--days-kept", "N", "days of posts and likes to plan for", &flags.days_kept)
      .between(1, 36'500)
      .shown_default("30");
}

void declare_limits(Spec& spec, SizeFlags& flags) {
  spec.value("--materialize", "WHO", "as feed.materialize", &flags.materialize)
      .one_of({"off", "active", "all"})
      .shown_default("that of the configuration");
  spec.value("--layout", "HOW", "pages after a bulk load, or after a time of use", &flags.layout)
      .one_of({"packed", "grown"})
      .shown_default("grown; of a database: by its event log");
  spec.value("--disk", "SIZE", "room for the database", &flags.disk)
      .shown_default("the disk of this folder; --live: what its data take and what is free");
  spec.value("--memory", "SIZE", "memory for all of it", &flags.memory)
      .shown_default("that of this machine");
  spec.value("--write-ceiling", "N", "posts, likes and follows a second that the machine takes",
             &flags.write_ceiling)
      .shown_default("2660, measured on two cores");
  spec.flag("--live", "how much of the machine the connected database uses", &flags.live);
  spec.flag("--compare", "the model beside the sizes of the connected database", &flags.compare);
}

}  // namespace

CommandFn size(Spec& spec) {
  auto flags = std::make_shared<SizeFlags>();
  spec.about(
      "Predicts rows and bytes by table group, the write-ahead log of a day, the memory of serve, "
      "Redis and writes a second, and says which resource ends first. It shows what the rows of "
      "home feeds cost with each feed.materialize. The constants are measured (docs/capacity.md). "
      "With --live the counts are those of the connected database, and the rates those of the last "
      "day of its event log.");
  spec.example("a million users on this machine",
               "feedctl size --users 1M --follows 10M --posts-per-day 30k");
  spec.example("on another one",
               "feedctl size --users 1M --follows 10M --posts-per-day 30k --disk 40GiB");
  spec.example("how full is this one", "feedctl size --live");
  declare_plan(spec, *flags);
  declare_limits(spec, *flags);
  spec.see_also({"stats", "doctor"});
  return [flags](Runtime& runtime) {
    check_flags(*flags);
    if (flags->live) return run_live(runtime, *flags);
    return flags->compare ? run_compare(runtime, *flags) : run_plan(runtime, *flags);
  };
}

}  // namespace feedctl::cli
