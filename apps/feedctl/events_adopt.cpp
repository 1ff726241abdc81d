// feedctl events adopt: takes over a database that was made in another cluster.
#include "base/error.hpp"
#include "events/adopt.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/output.hpp"
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

}  // namespace

CommandFn events_adopt(Spec& spec) {
  auto keep = std::make_shared<bool>(false);
  spec.about(
      "Positions in the event log consist of transaction ids, and each cluster counts its own. So "
      "serve takes no writes, and nothing else runs, on a database from another cluster: a "
      "restored dump, or a cluster that pg_upgrade made. This command takes the database over. "
      "Every event gets an id of this cluster and is new to the workers, which then add what is "
      "missing. Hot scores are counted again. Readers of events tail start again, too. Stop serve "
      "and work of older versions first, and run the command as the owner (database.owner_url).");
  spec.example("what would be done", "feedctl events adopt --dry-run");
  spec.example("after a dump was restored", "feedctl events adopt");
  spec.example("after pg_upgrade, where transaction ids go on",
               "feedctl events adopt --keep-positions");
  spec.flag("--keep-positions",
            "only record the cluster: for pg_upgrade, or pg_resetwal before the first write",
            keep.get());
  spec.offer_dry_run();
  spec.see_also({"doctor", "work", "verify"});
  return [keep](Runtime& runtime) { return adopt(runtime, *keep); };
}

}  // namespace feedctl::cli
