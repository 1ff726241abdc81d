// feedctl media gc: removes objects that no row of the database names.
#include "media/media_gc.hpp"

#include "base/error.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/job_textfile.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/progress.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/media_store.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

constexpr std::chrono::milliseconds as_configured{-1};
// From the object to its row, with some to spare.
constexpr std::chrono::minutes max_upload_time{1};

struct GcFlags {
  std::chrono::milliseconds grace = as_configured;
  std::int64_t rate = 0;
  bool resume = false;
  bool force = false;
  std::optional<std::string> textfile;
};

std::chrono::seconds grace_of(const Runtime& runtime, const GcFlags& flags) {
  if (flags.grace == as_configured) return runtime.config().media.gc_grace;
  return std::chrono::ceil<std::chrono::seconds>(flags.grace);
}

void check_grace(const Runtime& runtime, const GcFlags& flags) {
  if (flags.force || runtime.dry_run() || grace_of(runtime, flags) >= max_upload_time) return;
  throw Error(ErrorCode::usage,
              "uploads that run now would lose their objects: --grace is below 1m")
      .with_hint("raise it, or stop serve and work and add --force");
}

media::GcReport collect(Runtime& runtime, const GcFlags& flags) {
  check_grace(runtime, flags);
  const auto store = open_media_store(runtime);
  media::GcOptions options;
  options.grace = grace_of(runtime, flags);
  options.resume = flags.resume;
  options.force = flags.force;
  options.dry_run = runtime.dry_run();
  options.max_rate = flags.rate;
  Progress progress(runtime, "checking media", "objects", 0);
  options.on_phase = [&](const std::string& what) { progress.start_phase(what); };
  options.on_checked = [&](std::int64_t objects) { progress.advance(objects); };
  options.on_remove = [&](const std::string& what) {
    if (runtime.common().verbose) runtime.notice("removes " + what);
  };
  options.should_stop = [&] { return progress.is_interrupted(); };
  auto report = media::collect_garbage(runtime.database(), *store, options);
  if (!report.stopped) progress.finish();
  return report;
}

int run_gc(Runtime& runtime, const GcFlags& flags) {
  const auto report = collect(runtime, flags);
  const bool dry = runtime.dry_run();
  Record()
      .add("objects", report.objects)
      .add("unreferenced", report.unreferenced)
      .add("quarantined", report.quarantined)
      .add("bytes", report.bytes)
      .add("media", report.media)
      .add("foreign", report.foreign)
      .add("stopped", report.stopped)
      .add("dry_run", dry)
      .print(runtime);
  if (report.foreign > 0) runtime.notice("objects with names that are not media's were left alone");
  if (!report.stopped) return exit_ok;
  runtime.notice(dry ? "stopped; nothing was removed"
                     : "stopped; continue with: feedctl media gc --resume");
  return InterruptGuard::exit_code();
}

}  // namespace

CommandFn media_gc(Spec& spec) {
  auto flags = std::make_shared<GcFlags>();
  spec.about(
      "Removes what crashes left in the store of media: objects that no row names (unreferenced), "
      "uploads that are over (quarantined), and removed media whose job was given up. Objects go "
      "before rows. It may run beside serve and work, from cron, say; the exit code is 75 while "
      "another one runs. Ctrl-C stops it between two objects.\n\n"
      "A directory or bucket belongs to one database. Where more than half of the objects have no "
      "row, the store seems to be another one's: nothing more is removed without --force. An "
      "upload stores its object before its row, so --grace must be longer than an upload takes.");
  spec.example("what would be removed", "feedctl media gc --dry-run");
  spec.example("with little load", "feedctl media gc --rate 500");
  spec.example("continue after it was stopped or killed", "feedctl media gc --resume");
  spec.example("for a monitor", "feedctl media gc --dry-run -o json");
  spec.value("--grace", "DURATION", "leave younger objects alone", &flags->grace)
      .between(0, 3'650.0 * 24 * 3'600'000)
      .shown_default("media.gc_grace");
  spec.flag("--resume", "continue the last run that did not end", &flags->resume);
  spec.flag("--force",
            "also where more than half of the objects have no row, or --grace is below 1m",
            &flags->force);
  spec.value("--rate", "OBJECTS", "at most this many objects per second; 0 is no limit",
             &flags->rate)
      .between(0, 10'000'000);
  offer_textfile(spec, &flags->textfile);
  spec.offer_dry_run();
  spec.see_also({"media verify", "dlq list", "doctor"});
  return [flags](Runtime& runtime) {
    return run_with_textfile(runtime, flags->textfile,
                             [&](Runtime& of_run) { return run_gc(of_run, *flags); });
  };
}

}  // namespace feedctl::cli
