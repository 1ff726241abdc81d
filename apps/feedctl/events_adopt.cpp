// feedctl events adopt: takes over a database that was made in another cluster, or restored to a
// point in time.
#include <limits>

#include "base/error.hpp"
#include "events/adopt.hpp"
#include "events/skip_ids.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/progress.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/runtime.hpp"
#include "hot/hot_feed.hpp"
#include "store/guard.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::cli {

namespace {

// Reports any other problem of the database first.
void require_only_other_cluster(store::Database& owner) {
  if (store::is_standby(owner)) {
    throw Error(ErrorCode::config, "this database is a standby, which takes no writes")
        .with_hint("point database.owner_url at the primary");
  }
  for (const auto& problem : store::find_problems(owner)) {
    if (problem.name != store::other_cluster_problem().name) throw problem.error();
  }
}

void reject_positions_ahead(const events::ClusterIdentity& belonging) {
  if (!belonging.has_future_xids) return;
  throw Error(ErrorCode::bad_data,
              "positions cannot be kept: they are ahead of the transaction ids of this cluster")
      .with_hint("feedctl events adopt without --keep-positions loses nothing");
}

void renumber_events(store::Database& owner) {
  try {
    events::renumber_log(owner);
    hot::recompute_scores(owner);
  } catch (const store::SqlError& error) {
    if (error.sqlstate() != store::sqlstate::lock_not_available) throw;
    throw Error(ErrorCode::lock_held, "another process keeps writing to this database")
        .with_hint("stop serve and work of every version, then run feedctl events adopt again");
  }
}

void print_next_step(const Runtime& runtime, const events::ClusterIdentity& belonging, bool keep) {
  if (runtime.dry_run()) {
    runtime.notice("nothing was kept; without --dry-run " +
                   (keep ? std::string("the cluster is recorded, and positions stay as they are")
                         : std::to_string(belonging.events) +
                               " events get ids of this cluster, all of them are new to the "
                               "workers, and the hot scores are counted again"));
    return;
  }
  runtime.notice(
      "hint: start feedctl work; once no event waits, feedctl verify --all checks that nothing is "
      "missing");
}

int adopt(Runtime& runtime, bool keep) {
  auto& owner = runtime.owner();
  require_only_other_cluster(owner);
  const auto belonging = events::load_cluster_identity(owner);
  if (belonging.is_home_cluster()) {
    runtime.notice("this database was made in this cluster: there is nothing to adopt");
    return exit_ok;
  }
  if (keep)
    reject_positions_ahead(belonging);
  else
    renumber_events(owner);
  events::stamp_cluster(owner);
  Record()
      .add("made_in", std::to_string(belonging.origin_cluster))
      .add("adopted_by", std::to_string(belonging.current_cluster))
      .add("events", belonging.events)
      .add("positions", belonging.consumers)
      .add("positions_kept", keep)
      .add("dry_run", runtime.dry_run())
      .print(runtime);
  print_next_step(runtime, belonging, keep);
  return exit_ok;
}

// At 50,000 ids a second, more would take over an hour.
constexpr std::uint64_t max_skipped_ids = 200'000'000;

struct AdoptOptions {
  bool keep = false;
  std::optional<std::string> past;
};

events::TransactionId parse_past(const AdoptOptions& options) {
  const auto last = events::try_parse_xid(*options.past);
  if (last && !options.keep && *last <= std::numeric_limits<std::int64_t>::max()) return *last;
  if (options.keep)
    throw Error(ErrorCode::usage, "--past and --keep-positions exclude each other")
        .with_hint("after pg_upgrade no id is used twice: --keep-positions alone");
  throw Error(ErrorCode::usage, "--past expects a transaction id, not \"" + *options.past + "\"")
      .with_hint(
          "of the server before the restore: SELECT pg_snapshot_xmax(pg_current_snapshot())");
}

void require_plausible(std::uint64_t ids, const std::string& past) {
  if (ids <= max_skipped_ids) return;
  throw Error(ErrorCode::usage, "--past " + past + " is " + std::to_string(ids) +
                                    " transactions ahead of this cluster")
      .with_hint("at most " + std::to_string(max_skipped_ids) +
                 ": is it of this cluster's history?");
}

// False: interrupted.
bool use_up_ids(Runtime& runtime, events::TransactionId last, std::uint64_t ids) {
  auto& owner = runtime.owner();
  events::skip_sequence_ids(owner, ids);
  Progress progress(runtime, "using up transaction ids", "ids", static_cast<std::int64_t>(ids));
  events::TransactionIdSkipper skipper(runtime.owner_options(), last);
  for (auto left = ids; left > 0 && !progress.is_interrupted();) {
    skipper.skip_some();
    const auto now = events::count_ids_up_to(owner, last);
    progress.advance(static_cast<std::int64_t>(left - std::min(left, now)));
    left = now;
  }
  if (progress.is_interrupted()) return false;
  progress.finish();
  return true;
}

int skip_lost_ids(Runtime& runtime, const AdoptOptions& options) {
  const auto last = parse_past(options);
  auto& owner = runtime.owner();
  require_only_other_cluster(owner);
  if (!events::load_cluster_identity(owner).is_home_cluster())
    throw store::other_cluster_problem().error();
  const auto ids = events::count_ids_up_to(owner, last);
  require_plausible(ids, *options.past);
  if (ids > 0 && !runtime.dry_run() && !use_up_ids(runtime, last, ids)) {
    runtime.notice("stopped; run the command again before anything writes");
    return InterruptGuard::exit_code();
  }
  Record()
      .add("past", *options.past)
      .add("skipped", static_cast<std::int64_t>(ids))
      .add("dry_run", runtime.dry_run())
      .print(runtime);
  if (ids == 0) runtime.notice("this cluster is past that id already: nothing was done");
  return exit_ok;
}

}  // namespace

CommandFn events_adopt(Spec& spec) {
  auto options = std::make_shared<AdoptOptions>();
  spec.about(
      "Positions in the event log consist of transaction ids, and each cluster counts its own. So "
      "serve takes no writes, and nothing else runs, on a database from another cluster: a "
      "restored dump, or a cluster that pg_upgrade made. This command takes the database over. "
      "Every event gets an id of this cluster and is new to the workers, which then add what is "
      "missing. Hot scores are counted again. Readers of events tail start again, too. Stop serve "
      "and work of older versions first, and run the command as the owner (database.owner_url). "
      "After "
      "a restore to a point in time the cluster is the same, but it gives out ids again that the "
      "discarded history has used, and readers who were ahead would miss new events. --past uses "
      "these ids up; run it before anything writes.");
  spec.example("what would be done", "feedctl events adopt --dry-run");
  spec.example("after a dump was restored", "feedctl events adopt");
  spec.example("after pg_upgrade, where transaction ids go on",
               "feedctl events adopt --keep-positions");
  spec.example("after a restore to a point in time, before the first write",
               "feedctl events adopt --past 1234567");
  spec.flag("--keep-positions",
            "only record the cluster: for pg_upgrade, or pg_resetwal before the first write",
            &options->keep);
  spec.value("--past", "XID",
             "after a restore: use up the transaction ids to this one, which was the next one of "
             "the server before",
             &options->past);
  spec.offer_dry_run();
  spec.see_also({"doctor", "work", "verify"});
  return [options](Runtime& runtime) {
    return options->past ? skip_lost_ids(runtime, *options) : adopt(runtime, options->keep);
  };
}

}  // namespace feedctl::cli
