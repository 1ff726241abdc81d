// feedctl migrate up|status|verify.
#include "auth/auth.hpp"
#include "base/error.hpp"
#include "feedctl/cli/interrupts.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/database_wait.hpp"
#include "feedctl/runtime.hpp"
#include "store/database.hpp"
#include "store/migrator.hpp"

namespace feedctl::cli {

namespace {

using State = store::MigrationStatus::State;

std::string label(const store::MigrationStatus& migration) {
  auto number = std::to_string(migration.version);
  return number.insert(0, number.size() < 4 ? 4 - number.size() : 0, '0') + "_" + migration.name;
}

std::string_view name_of(State state) {
  switch (state) {
    case State::applied:
      return "applied";
    case State::pending:
      return "pending";
    case State::changed:
      return "changed";
    case State::unknown:
      return "unknown";
  }
  return "";
}

std::string counted(std::size_t number, std::string_view what) {
  return std::to_string(number).append(" ").append(what).append(number == 1 ? "" : "s");
}

std::size_t count(const std::vector<store::MigrationStatus>& all, State state) {
  std::size_t number = 0;
  for (const auto& migration : all) number += migration.state == state ? 1 : 0;
  return number;
}

struct UpOptions {
  std::chrono::milliseconds lock_wait{60000};
  std::chrono::milliseconds wait{0};  // until the database accepts connections
};

int up(Runtime& runtime, const UpOptions& up_options) {
  if (up_options.wait.count() > 0) wait_for_database(runtime, up_options.wait);
  store::MigrateOptions options;
  options.owner_url = runtime.owner_options().url;
  options.url = runtime.config().database.url;
  options.lock_wait = std::chrono::ceil<std::chrono::seconds>(up_options.lock_wait);
  options.dry_run = runtime.dry_run();
  options.partitions_ahead = runtime.config().events.parts_ahead;
  options.on_applied = [&](const store::MigrationStatus& migration) {
    runtime.notice("applied " + label(migration) + " in " + std::to_string(migration.milliseconds) +
                   " ms" + (runtime.dry_run() ? " (dry run)" : ""));
  };
  const TerminationMessage line(
      "\nended by a signal; the unfinished migration is rolled back; continue with: feedctl "
      "migrate up\n");
  const auto report = store::migrate_up(options);
  if (!runtime.dry_run()) auth::ensure_signing_key(runtime.owner());

  if (runtime.common().format() == OutputFormat::table) {
    std::string text = "schema version " + std::to_string(report.version) + ": ";
    text += report.applied.empty() ? "nothing to apply"
                                   : counted(report.applied.size(), "migration") + " applied";
    runtime.print(text + (runtime.dry_run() ? " (dry run: nothing was kept)\n" : "\n"));
    return exit_ok;
  }
  std::vector<std::string> applied;
  for (const auto& migration : report.applied) applied.push_back(label(migration));
  Record()
      .add("version", std::int64_t{report.version})
      .add("applied", applied)
      .add("dry_run", runtime.dry_run())
      .print(runtime);
  return exit_ok;
}

int status(Runtime& runtime, bool check) {
  const auto all = store::migration_status(runtime.owner_options().url);
  Table table({"version", "name", "state", "applied_at", "ms"});
  for (const auto& migration : all) {
    const bool was_applied = migration.state != State::pending;
    table.add({std::int64_t{migration.version}, migration.name,
               std::string(name_of(migration.state)),
               was_applied ? Cell{migration.applied_at} : Cell{},
               was_applied ? Cell{migration.milliseconds} : Cell{}});
  }
  table.print(runtime);
  const auto open = all.size() - count(all, State::applied);
  if (open == 0) return exit_ok;
  if (count(all, State::pending) > 0)
    runtime.notice("hint: `feedctl migrate up` applies what is pending");
  if (count(all, State::changed) + count(all, State::unknown) > 0)
    runtime.notice("hint: `feedctl migrate verify` says what to do");
  return check ? exit_negative : exit_ok;
}

int verify(Runtime& runtime) {
  const auto all = store::migration_status(runtime.owner_options().url);
  const auto changed = count(all, State::changed);
  const auto unknown = count(all, State::unknown);
  if (runtime.common().format() != OutputFormat::table) {
    std::vector<std::string> changed_names, unknown_names;
    for (const auto& migration : all) {
      if (migration.state == State::changed) changed_names.push_back(label(migration));
      if (migration.state == State::unknown) unknown_names.push_back(label(migration));
    }
    Record()
        .add("ok", changed + unknown == 0)
        .add("applied", static_cast<std::int64_t>(count(all, State::applied)))
        .add("pending", static_cast<std::int64_t>(count(all, State::pending)))
        .add("changed", changed_names)
        .add("unknown", unknown_names)
        .print(runtime);
    return changed + unknown == 0 ? exit_ok : exit_negative;
  }
  std::string text;
  for (const auto& migration : all) {
    if (migration.state == State::changed)
      text += label(migration) + " is not the file that was applied\n";
    if (migration.state == State::unknown)
      text += label(migration) + " was applied by a newer feedctl\n";
  }
  if (text.empty())
    text = counted(count(all, State::applied), "applied migration") + " as in this binary\n";
  runtime.print(text);
  if (changed > 0)
    runtime.notice(
        "hint: install the feedctl that applied them; a change belongs in a new migration");
  if (unknown > 0)
    runtime.notice("hint: install that feedctl; an older one must not serve this schema");
  return changed + unknown == 0 ? exit_ok : exit_negative;
}

}  // namespace

CommandFn migrate_up(Spec& spec) {
  auto options = std::make_shared<UpOptions>();
  spec.value("--lock-wait", "DURATION", "how long to wait for another running migrate",
             &options->lock_wait);
  spec.value("--wait", "DURATION", "how long to wait until the database accepts connections",
             &options->wait);
  spec.offer_dry_run();
  spec.about(
      "Applies each migration in a transaction of its own. Connects as database.owner_url, and "
      "grants the user of database.url what serve needs. Also creates the server's keys and the "
      "event log's next partitions. It may be run at any time.");
  spec.example("see what would be done", "feedctl migrate up --dry-run");
  spec.example("as the schema's owner",
               "FEEDCTL_DATABASE_OWNER_URL=postgresql:///feedctl feedctl migrate up");
  spec.see_also({"migrate status", "doctor"});
  return [options](Runtime& runtime) { return up(runtime, *options); };
}

CommandFn migrate_status(Spec& spec) {
  auto check = std::make_shared<bool>(false);
  spec.flag("--check", "exit 3 unless every migration is applied", check.get());
  spec.example("in a deployment script", "feedctl migrate status --check || feedctl migrate up");
  spec.see_also({"migrate up", "migrate verify"});
  return [check](Runtime& runtime) { return status(runtime, *check); };
}

CommandFn migrate_verify(Spec& spec) {
  spec.about(
      "Compares the SHA-256 of each applied migration with this binary's. The exit code is 3 if "
      "one differs.");
  spec.example("is this the binary for that database", "feedctl migrate verify");
  spec.see_also({"migrate status", "help exit-codes"});
  return verify;
}

}  // namespace feedctl::cli
