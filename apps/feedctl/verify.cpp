// feedctl verify: compares derived data with its sources.
#include "operations/verify.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/job_textfile.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/progress.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/runtime.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::cli {

namespace {

constexpr std::int64_t default_sample = 1000;

struct VerifyFlags {
  std::optional<std::int64_t> sample;
  bool all = false, repair = false;
  std::optional<std::string> invariants;
  bool index = false;
  std::chrono::milliseconds watch{0};
  std::optional<std::string> textfile;
};

std::vector<std::string> split_at_commas(const std::string& list) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= list.size();) {
    const auto comma = std::min(list.find(',', at), list.size());
    words.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return words;
}

operations::VerifyReport run_checks(Runtime& runtime, const VerifyFlags& flags) {
  operations::VerifyOptions options;
  if (flags.invariants) options.invariants = split_at_commas(*flags.invariants);
  if (!flags.all) options.sample = flags.sample.value_or(default_sample);
  options.repair = flags.repair;
  if (flags.index) {
    const auto& feed = runtime.config().feed;
    options.index = {feed.index_days, feed.index_bytes, flags.watch};
  }
  options.rows_days = runtime.config().feed.rows_days;
  options.materializes_all = runtime.config().feed.materialize == config::Materialize::all;
  options.cache = &runtime.cache();
  auto connections = runtime.database_options();
  for (auto& setting : operations::session_settings()) connections.settings.push_back(setting);
  store::Database database(connections);
  Progress progress(runtime, "verifying", "checked", 0);
  options.on_check = [&](const std::string& what) { progress.start_phase(what); };
  options.on_checked = [&](std::int64_t more) { progress.advance(more); };
  options.on_repair = [&](const std::string& change) { runtime.notice(change); };
  options.should_stop = [&] { return progress.is_interrupted(); };
  auto report = operations::run_checks(database, options);
  if (!report.stopped) progress.finish();
  return report;
}

// What this run has found and not repaired, by invariant.
void export_drift(const operations::VerifyReport& report, bool dry_run) {
  std::map<std::string, std::int64_t> drift;
  for (const auto& result : report.results)
    drift[result.invariant] += result.drift - (dry_run ? 0 : result.repaired);
  for (const auto& [invariant, count] : drift) {
    metrics::gauge("feedctl_verify_drift", "What differed after the last run, by invariant.",
                   {{"invariant", invariant}})
        .set(static_cast<double>(count));
  }
}

int run_verify(Runtime& runtime, const VerifyFlags& flags) {
  if (flags.all && flags.sample)
    throw Error(ErrorCode::usage, "--all and --sample exclude each other");
  if (flags.index && (flags.repair || flags.invariants))
    throw Error(ErrorCode::usage, "--index checks the feed index alone, and repairs nothing");
  if (flags.watch.count() > 0 && !flags.index)
    throw Error(ErrorCode::usage, "--watch is for --index");
  const auto report = run_checks(runtime, flags);
  Table table({"invariant", "what", "checked", "drift", "repaired", "examples"});
  for (const auto& result : report.results) {
    table.add({result.invariant, result.name, result.checked, result.drift,
               runtime.dry_run() ? std::int64_t{0} : result.repaired, result.examples});
  }
  table.print(runtime);
  export_drift(report, runtime.dry_run());
  if (report.stopped) {
    runtime.notice(std::string("stopped; the lines above were checked") +
                   (flags.repair && !runtime.dry_run() ? " and repaired" : "") +
                   ", the last line not to its end. Run it again for the rest");
    return InterruptGuard::exit_code();
  }
  std::int64_t all = 0;
  for (const auto& result : report.results) all += result.drift;
  const auto left = runtime.dry_run() ? all : report.remaining_drift();
  if (left == 0) return exit_ok;
  if (flags.index)
    runtime.notice(
        "hint: a row was changed without an event, or the index is wrong; a restarted server loads "
        "its index again");
  else if (!flags.repair)
    runtime.notice("hint: --repair corrects what it can, --repair --dry-run tries it");
  return exit_negative;
}

}  // namespace

CommandFn verify(Spec& spec) {
  auto flags = std::make_shared<VerifyFlags>();
  spec.about(
      "Checks, in short snapshots and while everything runs: I1 rows of home feeds, I3 like "
      "counters, I4 follow counters, I5 view counters, I6 events and jobs that wait too long, I9 "
      "orphans, I10 lists and rankings in Redis (with --index: a feed index of its own, in "
      "memory), I11 hot scores. I8, images in their store, is checked by media verify. "
      "What a waiting event or an open job will still write is not drift. The exit code is 3 if "
      "something differs, or still differs after --repair. Dead letters are only counted.");
  spec.example("a thousand users and posts at random", "feedctl verify");
  spec.example("everything", "feedctl verify --all");
  spec.example("correct counters", "feedctl verify --all --invariant I3,I4 --repair");
  spec.example("whether the feed index keeps up, for a minute",
               "feedctl verify --index --watch 1m");
  spec.example("for a monitor", "feedctl verify --sample 5000 -o json");
  spec.value("--sample", "N", "number of random keys of each check", &flags->sample)
      .between(1, 10000000)
      .shown_default("1000");
  spec.flag("--all", "every key", &flags->all);
  spec.flag("--repair", "correct what differs, and print each change", &flags->repair);
  spec.value("--invariant", "I1,..", "only these invariants", &flags->invariants);
  spec.flag("--index", "only compare a feed index of its own with the defining query",
            &flags->index);
  spec.value("--watch", "DURATION", "with --index: compare repeatedly for this long", &flags->watch)
      .shown_default("0s");
  offer_textfile(spec, &flags->textfile);
  spec.offer_dry_run();
  spec.see_also({"rebuild-feed", "media verify", "explain", "doctor"});
  return [flags](Runtime& runtime) {
    return run_with_textfile(runtime, flags->textfile,
                             [&](Runtime& of_run) { return run_verify(of_run, *flags); },
                             {"feedctl_verify_"});
  };
}

}  // namespace feedctl::cli
