// feedctl dlq list|show|retry|drop: what workers gave up.
#include "admin/dead_events.hpp"
#include "base/error.hpp"
#include "feedctl/cli/interrupts.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/shell_actor.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/runtime.hpp"
#include "jobs/dead_letters.hpp"
#include "jobs/jobs.hpp"

namespace feedctl::cli {

namespace {

struct DlqOptions {
  std::string kind;
  std::int64_t after = 0;
  int limit = 50;
  std::vector<std::string> ids;
  bool all = false;
};

constexpr int page = 1000;

Error dead_letter_not_found(std::int64_t id) {
  return Error(ErrorCode::not_found, "there is no dead letter " + std::to_string(id))
      .with_hint("see feedctl dlq list");
}

std::int64_t parse_dead_letter_id(const std::string& text) {
  if (const auto id = parse_id(text)) return *id;
  throw Error(ErrorCode::usage, "expected the number of a dead letter, not \"" + text + "\"")
      .with_hint("see feedctl dlq list");
}

int list(Runtime& runtime, const DlqOptions& options) {
  Table table({"id", "kind", "subject", "attempts", "crashes", "died_at", "error"});
  for (auto& letter :
       jobs::list_dead_letters(runtime.database(), options.kind, options.after, options.limit)) {
    table.add({letter.id, letter.kind, letter.subject, std::int64_t{letter.attempts},
               std::int64_t{letter.crashes}, letter.died_at, letter.error});
  }
  if (table.empty() && runtime.common().format() == OutputFormat::table) {
    runtime.notice("no dead letters");
    return exit_ok;
  }
  table.print(runtime);
  return exit_ok;
}

int show(Runtime& runtime, const DlqOptions& options) {
  const auto id = parse_dead_letter_id(options.ids.at(0));
  const auto letter = jobs::find_dead_letter(runtime.database(), id);
  if (!letter) throw dead_letter_not_found(id);
  Record()
      .add("id", letter->id)
      .add("kind", letter->kind)
      .add("subject", letter->subject)
      .add("attempts", std::int64_t{letter->attempts})
      .add("crashes", std::int64_t{letter->crashes})
      .add("created_at", letter->created_at)
      .add("died_at", letter->died_at)
      .add("payload", letter->payload)
      .add("error", letter->error)
      .print(runtime);
  return exit_ok;
}

// With --all, the dead letters that exist now; later ones are left for the next call.
std::vector<std::int64_t> selected_ids(Runtime& runtime, const DlqOptions& options) {
  std::vector<std::int64_t> ids;
  if (options.all && !options.ids.empty()) {
    throw Error(ErrorCode::usage, "name dead letters by their numbers, or give --all, not both")
        .with_hint("see feedctl dlq list");
  }
  if (!options.all) {
    for (const auto& text : options.ids) ids.push_back(parse_dead_letter_id(text));
    if (ids.empty()) {
      throw Error(ErrorCode::usage, "name dead letters by their numbers, or give --all")
          .with_hint("see feedctl dlq list");
    }
    return ids;
  }
  for (std::int64_t after = 0;;) {
    const auto letters = jobs::list_dead_letters(runtime.database(), options.kind, after, page);
    for (const auto& letter : letters) ids.push_back(letter.id);
    if (letters.size() < page) return ids;
    after = ids.back();
  }
}

using DeadLetterAction = bool (*)(store::Database&, std::int64_t, const audit::Actor&);

int apply_to_dead_letters(Runtime& runtime, const DlqOptions& options, DeadLetterAction apply,
                          const char* what) {
  std::int64_t done = 0;
  std::vector<std::int64_t> missing;
  const auto actor = shell_actor();
  const InterruptGuard interrupts;
  for (const auto id : selected_ids(runtime, options)) {
    if (InterruptGuard::is_raised()) break;
    if (apply(runtime.database(), id, actor))
      ++done;
    else
      missing.push_back(id);
  }
  Record().add(what, done).add("missing", static_cast<std::int64_t>(missing.size())).print(runtime);
  if (InterruptGuard::is_raised()) {
    runtime.notice(std::string("stopped; what is counted above was ") + what +
                   ". Run it again for the rest");
    return InterruptGuard::exit_code();
  }
  if (missing.empty()) return exit_ok;
  throw dead_letter_not_found(missing.front());
}

std::shared_ptr<DlqOptions> dead_letter_options(Spec& spec, const char* verb) {
  auto options = std::make_shared<DlqOptions>();
  spec.argument("ID", "numbers of dead letters", &options->ids);
  spec.flag("--all", std::string(verb) + " all of them", &options->all);
  spec.value("--kind", "KIND", "with --all: only of this kind, such as event or fan_out",
             &options->kind);
  spec.offer_dry_run();
  spec.see_also({"dlq list", "work", "audit"});
  return options;
}

}  // namespace

CommandFn dlq_list(Spec& spec) {
  auto options = std::make_shared<DlqOptions>();
  spec.about(
      "Lists the events and jobs that workers gave up after eight failures, or after three crashes "
      "of their process. All other events and jobs go on without them.");
  spec.example("the oldest ones", "feedctl dlq list");
  spec.example("for a script", "feedctl dlq list --kind fan_out -o jsonl");
  spec.value("--kind", "KIND", "only of this kind, such as event or fan_out", &options->kind);
  spec.value("--after", "ID", "those with a higher number", &options->after);
  spec.value("-n,--limit", "N", "at most this many", &options->limit).between(1, 100000);
  spec.see_also({"dlq show", "dlq retry", "dlq drop"});
  return [options](Runtime& runtime) { return list(runtime, *options); };
}

CommandFn dlq_show(Spec& spec) {
  auto options = std::make_shared<DlqOptions>();
  spec.about("Shows one dead letter with its payload and the whole error.");
  spec.example("number 7", "feedctl dlq show 7");
  spec.argument("ID", "the number of a dead letter", &options->ids).required();
  spec.see_also({"dlq list"});
  return [options](Runtime& runtime) { return show(runtime, *options); };
}

CommandFn dlq_retry(Spec& spec) {
  spec.about(
      "Hands dead letters back to the workers, which continue where they stopped. One that fails "
      "again becomes a dead letter again.");
  spec.example("once the cause is gone", "feedctl dlq retry --all");
  const auto options = dead_letter_options(spec, "retry");
  return [options](Runtime& runtime) {
    return apply_to_dead_letters(runtime, *options, admin::retry_dead_event, "retried");
  };
}

CommandFn dlq_drop(Spec& spec) {
  spec.about(
      "Deletes dead letters for good. feedctl verify finds what they left undone, and feedctl "
      "rebuild-feed adds missing rows.");
  spec.example("number 7", "feedctl dlq drop 7");
  const auto options = dead_letter_options(spec, "drop");
  return [options](Runtime& runtime) {
    return apply_to_dead_letters(runtime, *options, admin::drop_dead_event, "dropped");
  };
}

}  // namespace feedctl::cli
