// feedctl seed: fills a database with sample data, a fixture file, a graph, generated data or
// people's archives.
#include "base/error.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/interrupts.hpp"
#include "feedctl/cli/progress.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/database_wait.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/seed_import.hpp"
#include "feedctl/seed_options.hpp"
#include "seed/bulk_start.hpp"

namespace feedctl::cli {

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::usage, what).with_hint("feedctl help seed lists what goes together");
}

void check_sources(const SeedOptions& options) {
  const bool is_small = options.profile && !options.has_generated_profile();
  const int sources = is_small + options.fixtures.has_value() + options.graph.has_value() +
                      options.is_generated() + !options.imports.empty();
  if (sources > 1 && options.has_counts() && !options.users && !options.has_generated_profile())
    refuse("counts such as --likes go with --users, --profile medium or --profile million");
  if (sources != 1) {
    throw Error(ErrorCode::usage,
                "give one of --profile, --fixtures, --graph, --users and --import")
        .with_hint("feedctl seed --profile small");
  }
}

void check_combinations(const SeedOptions& options) {
  if ((options.append || options.discard || options.now) && !options.is_generated())
    refuse("--append, --discard and --now go with --users or --profile medium");
  if (options.discard && (options.append || options.force))
    refuse("--discard excludes --append and --force");
  if (options.if_empty && (options.append || options.force || !options.imports.empty()))
    refuse("--if-empty excludes --append, --force and --import");
  if (options.directed && !options.graph) refuse("--directed goes with --graph");
  if ((options.as_handle || options.without_replies) && options.imports.empty())
    refuse("--as and --no-replies go with --import");
}

int run_seed(Runtime& runtime, const SeedOptions& options) {
  check_sources(options);
  check_combinations(options);
  if (options.wait.count() > 0) wait_for_database(runtime, options.wait);
  if (!options.imports.empty()) {
    feedctl::seed::require_no_broken_load(runtime.owner());
    return run_import(runtime, {options.imports, options.as_handle, options.without_replies});
  }
  return options.is_generated() ? run_generated(runtime, options) : run_files(runtime, options);
}

}  // namespace

Cell count_cell(std::size_t n) {
  return Cell{static_cast<std::int64_t>(n)};
}

std::function<bool(std::size_t)> row_counter(Progress& progress) {
  return [&progress](std::size_t rows) {
    progress.advance(static_cast<std::int64_t>(rows));
    return !progress.is_interrupted();
  };
}

int report_stopped(Runtime& runtime, const Error& error) {
  runtime.notice(std::string("feedctl seed: ") + error.what());
  if (!error.hint().empty()) runtime.notice("hint: " + error.hint());
  return InterruptGuard::exit_code();
}

int report_skipped(Runtime& runtime) {
  runtime.notice("the database holds data already; nothing was loaded (--if-empty)");
  Record().add("skipped", true).print(runtime);
  return exit_ok;
}

CommandFn seed(Spec& spec) {
  auto options = std::make_shared<SeedOptions>();
  spec.about(
      "Adds users, follows, posts and likes in one transaction, with their counters and events. "
      "Without --force it refuses a database that already has users; with it, users whose handles "
      "exist are reused.\n\n"
      "A fixture that is a JSON list holds pages and their contents. Loading it again updates the "
      "same rows and leaves their counters alone.\n\n"
      "With --users, --profile medium or --profile million it generates the data from --seed: "
      "communities, a power law of followers, posts of the last 30 days in six languages. It fills "
      "an empty database by parallel COPY, with read models and without events, while nothing "
      "else of feedctl runs. With --append it adds to a running system in small transactions, each "
      "with its events. A load that broke off continues when it is run again with the same --seed "
      "and counts.\n\n"
      "With --import it loads the archives that people download from other networks.");
  spec.example("a small set of sample data", "feedctl seed --profile small");
  spec.example("the friendships of a graph, \"a b\" a line; node n becomes u<n>",
               "feedctl seed --graph friends.edges");
  spec.example("a million users", "feedctl seed --profile million");
  spec.example("ten thousand users, once, as soon as the database answers",
               "feedctl seed --profile medium --if-empty --wait 60s -o json");
  spec.example("more of them, while serve and work run",
               "feedctl seed --users 10k --seed 2 --append");
  spec.example("pages with videos and audios",
               "feedctl seed --fixtures fixtures/sample_content.json");
  spec.example("what would be written", "feedctl seed --fixtures fixtures/small.yaml --dry-run");
  spec.value("--profile", "NAME",
             "sample people, ten thousand or a million generated users; counts given beside it "
             "override those of medium and million",
             &options->profile)
      .one_of({"small", "medium", "million"});
  spec.value("--fixtures", "FILE",
             "a YAML file of users, follows and posts, or a JSON list of pages and their contents",
             &options->fixtures);
  spec.value("--graph", "EDGES", "a graph, two node numbers a line: both follow each other",
             &options->graph);
  spec.flag("--directed", "with --graph: only the first follows the second", &options->directed);
  spec.flag("--force", "add to a database that already has users", &options->force);
  spec.value("--users", "N", "number of users to generate: 500, 10k, 1M", &options->users);
  spec.value("--posts", "N", "number of posts; else one for each user", &options->posts);
  spec.value("--follows", "N", "number of follows; else ten for each user", &options->follows);
  spec.value("--likes", "N", "number of likes; else five for each post", &options->likes);
  spec.value("--views", "N", "number of views of posts; else none", &options->views);
  spec.value("--pages", "N", "number of pages with contents; else none", &options->pages);
  spec.value("--seed", "NUMBER", "the same number generates the same data", &options->seed)
      .between(0, 999'999'999'999);
  spec.flag("--append", "with --users: add to a running system, with events", &options->append);
  spec.value("--feeds", "WHO", "with --users: whose feeds are materialized", &options->feeds)
      .one_of({"active", "all", "none"});
  spec.flag("--discard", "with --users: delete what an aborted load left, and load again",
            &options->discard);
  spec.value("--now", "TIME", "with --users: time of the newest data; else now", &options->now);
  spec.flag("--if-empty", "do nothing where data are there already", &options->if_empty);
  spec.value("--wait", "DURATION", "how long to wait until the database accepts connections",
             &options->wait);
  spec.value("--import", "FILE", "an archive of another network; may be repeated",
             &options->imports);
  spec.value("--as", "HANDLE", "with --import: the handle of the imported account",
             &options->as_handle);
  spec.flag("--no-replies", "with --import: leave replies out", &options->without_replies);
  spec.offer_dry_run();
  spec.see_also({"migrate up", "users create", "dev"});
  return [options](Runtime& runtime) { return run_seed(runtime, *options); };
}

}  // namespace feedctl::cli
