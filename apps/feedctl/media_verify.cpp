// feedctl media verify: compares the rows of media with the store, and posts and users with both.
#include "media/media_verify.hpp"

#include "base/error.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/progress.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/media_store.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

struct MediaVerifyFlags {
  bool repair = false, drop_lost = false, deep = false, resume = false;
  std::int64_t rate = 0;
};

media::VerifyReport check(Runtime& runtime, const MediaVerifyFlags& flags) {
  const auto store = open_media_store(runtime);
  media::VerifyOptions options;
  options.resume = flags.resume;
  options.repair = flags.repair;
  options.drop_lost = flags.drop_lost;
  options.deep = flags.deep;
  options.dry_run = runtime.dry_run();
  options.max_rate = flags.rate;
  Progress progress(runtime, "verifying media", "checked", 0);
  options.on_phase = [&](const std::string& what) { progress.start_phase(what); };
  options.on_checked = [&](std::int64_t more) { progress.advance(more); };
  options.on_repair = [&](const std::string& change) { runtime.notice(change); };
  options.should_stop = [&] { return progress.is_interrupted(); };
  auto report = media::verify(runtime.database(), *store, options);
  if (!report.stopped) progress.finish();
  return report;
}

void print_hints(const Runtime& runtime, const MediaVerifyFlags& flags) {
  if (!flags.repair)
    runtime.notice("hint: --repair corrects what it can, --repair --dry-run tries it");
  else if (!flags.drop_lost)
    runtime.notice(
        "hint: restore lost images from a backup of the store; --repair --drop-lost removes them "
        "from their posts and users");
}

int run_media_verify(Runtime& runtime, const MediaVerifyFlags& flags) {
  if (flags.drop_lost && !flags.repair)
    throw Error(ErrorCode::usage, "--drop-lost is for --repair");
  const auto report = check(runtime, flags);
  const bool dry = runtime.dry_run();
  Table table({"invariant", "what", "checked", "drift", "repaired", "examples"});
  std::int64_t drift = 0;
  for (const auto& result : report.results) {
    table.add({std::string("I8"), result.name, result.checked, result.drift,
               dry ? std::int64_t{0} : result.repaired, result.examples});
    drift += result.drift;
  }
  table.print(runtime);
  if (report.stopped) {
    runtime.notice(dry ? "stopped; nothing was written"
                       : "stopped; continue with: feedctl media verify --resume");
    return InterruptGuard::exit_code();
  }
  if ((dry ? drift : report.remaining_drift()) == 0) return exit_ok;
  print_hints(runtime, flags);
  return exit_negative;
}

}  // namespace

CommandFn media_verify(Spec& spec) {
  auto flags = std::make_shared<MediaVerifyFlags>();
  spec.about(
      "Checks I8, in short statements and while everything runs: each shown image and its "
      "thumbnails are in the store with the right size, posts and users show images that are "
      "there, and no image waits for a job that nobody has. The exit code is 3 if something "
      "differs, or still differs after --repair. media gc finds what the store has too much.\n\n"
      "--repair has missing thumbnails made anew and removes references to what is gone. A lost "
      "image stays as it is without --drop-lost: a store that is not mounted looks the same.");
  spec.example("that nothing is missing", "feedctl media verify");
  spec.example("read every image, at night", "feedctl media verify --deep --rate 50");
  spec.example("make missing thumbnails anew", "feedctl media verify --repair");
  spec.example("for a monitor", "feedctl media verify -o json");
  spec.flag("--repair", "correct what can be, and print each change", &flags->repair);
  spec.flag("--drop-lost", "with --repair: remove images whose object is lost from what shows them",
            &flags->drop_lost);
  spec.flag("--deep", "read each image and compare its SHA-256", &flags->deep);
  spec.flag("--resume", "continue the last run that did not end", &flags->resume);
  spec.value("--rate", "N", "check at most this many per second; 0 is no limit", &flags->rate)
      .between(0, 10'000'000);
  spec.offer_dry_run();
  spec.see_also({"media gc", "verify", "doctor"});
  return [flags](Runtime& runtime) { return run_media_verify(runtime, *flags); };
}

}  // namespace feedctl::cli
