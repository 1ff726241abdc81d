// feedctl audit: what administrators and editors changed.
#include "audit/audit_log.hpp"
#include "audit/change_text.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/runtime.hpp"
#include "http/pagination.hpp"

namespace feedctl::cli {

namespace {

constexpr std::chrono::milliseconds any_age{-1};

struct AuditOptions {
  std::optional<std::string> actor;
  std::optional<std::string> action;
  std::optional<std::string> object;
  std::chrono::milliseconds since = any_age;
  int limit = 50;
};

Cell json_cell(const std::optional<std::string>& json) {
  return json ? Cell{RawJson{*json}} : Cell{};
}

// For people: the change in words, in the last column, which wraps.
Table to_lines(const std::vector<audit::LoggedEntry>& entries) {
  Table table({"at", "who", "action", "object", "change"});
  for (const auto& [id, at, actor, entry] : entries)
    table.add({at, actor.name.value_or(""), entry.action, entry.object, audit::change_text(entry)});
  return table;
}

// For programs: the members that GET /api/v1/admin/audit has.
Table to_objects(const std::vector<audit::LoggedEntry>& entries) {
  Table table(
      {"id", "at", "actor", "actor_name", "action", "object", "before", "after", "request_id"});
  for (const auto& [id, at, actor, entry] : entries) {
    table.add({id, at, actor.user ? Cell{*actor.user} : Cell{}, actor.name.value_or(""),
               entry.action, entry.object, json_cell(entry.before), json_cell(entry.after),
               actor.request_id});
  }
  return table;
}

int list(Runtime& runtime, const AuditOptions& options) {
  audit::Filter filter{options.actor, options.action, options.object};
  if (options.since != any_age) filter.max_age = options.since;
  const auto entries =
      audit::list_entries(runtime.database(), filter, http::page_start, options.limit);
  if (runtime.common().format() != OutputFormat::table) {
    to_objects(entries).print(runtime);
    return exit_ok;
  }
  if (entries.empty()) {
    runtime.notice("no such entries; hint: entries are kept for audit.keep");
    return exit_ok;
  }
  to_lines(entries).print(runtime);
  return exit_ok;
}

}  // namespace

CommandFn audit(Spec& spec) {
  auto options = std::make_shared<AuditOptions>();
  spec.about(
      "Lists changes by the administration routes, the console and the commands users, keys and "
      "dlq, the newest first. An entry is written in the transaction of its change. Who used a "
      "shell is named as in \"ada (shell)\". Workers delete entries older than audit.keep.");
  spec.example("the last fifty changes", "feedctl audit");
  spec.example("what ada did this week", "feedctl audit --actor ada --since 7d");
  spec.example("what happened to an account", "feedctl audit --object user:42");
  spec.example("all changes of dead letters, for a script",
               "feedctl audit --action dead_event -o jsonl");
  spec.value("--actor", "HANDLE", "only by this user, or by this name as it is listed",
             &options->actor);
  spec.value("--action", "ACTION", "only this action, such as user.role, or all of user",
             &options->action);
  spec.value("--object", "OBJECT", "only of this object, such as user:42", &options->object);
  spec.value("--since", "DURATION", "only of so long ago, such as 7d", &options->since)
      .shown_default("all that are kept");
  spec.value("-n,--limit", "N", "at most this many, the newest first", &options->limit)
      .between(1, 100000);
  spec.see_also({"users promote", "users suspend", "keys rotate", "dlq retry"});
  return [options](Runtime& runtime) { return list(runtime, *options); };
}

}  // namespace feedctl::cli
