// feedctl events tail: the event log as lines, for other systems and for people.
#include <algorithm>
#include <thread>

#include "base/error.hpp"
#include "events/consumer_log.hpp"
#include "events/events.hpp"
#include "events/log_tail.hpp"
#include "feedctl/cli/interrupts.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/runtime.hpp"
#include "sql/tail.hpp"

namespace feedctl::cli {

namespace {

using events::Event;
using events::PgSnapshot;

constexpr std::size_t print_chunk_bytes = 1 << 16;

struct TailOptions {
  std::string from = "now";
  bool once = false;
};

std::optional<PgSnapshot> start_position(Runtime& runtime, const std::string& from) {
  if (from == "now") return std::nullopt;
  if (from == "start") {
    return PgSnapshot::parse(runtime.database().read(sql::tail::start).single_row().text(0));
  }
  if (auto position = PgSnapshot::parse(from)) {
    const auto now =
        PgSnapshot::parse(runtime.database().read(sql::tail::now).single_row().text(0));
    if (now && position->xmax > now->xmax) {
      throw Error(ErrorCode::failed,
                  "--from " + from + " is ahead of this database: " + now->text())
          .with_hint(
              "the position is from another database; start again: feedctl events tail --from "
              "start");
    }
    return position;
  }
  throw Error(ErrorCode::usage, "--from expects now, start or a position, not \"" + from + "\"")
      .with_hint("positions are what events tail prints, as in 8231:8240:8235");
}

std::string human_readable_line(const Event& event) {
  auto name = std::string(events::name_of(event.type));
  if (name.empty()) name = "type " + std::to_string(static_cast<int>(event.type));
  name.resize(std::max<std::size_t>(name.size(), 18), ' ');
  return rfc3339(event.at) + "  " + name + "  actor " + std::to_string(event.actor) + "  object " +
         std::to_string(event.object) + "\n";
}

// `position`: nullopt where the batch is not complete.
void print(Runtime& runtime, const std::vector<Event>& events,
           const std::optional<PgSnapshot>& position) {
  const bool people = runtime.common().format() == OutputFormat::table;
  std::string out;
  for (const auto& event : events) {
    if (people) {
      out += human_readable_line(event);
    } else {
      events::append_json(out, event);
      out += '\n';
    }
    if (out.size() < print_chunk_bytes) continue;
    runtime.print(out);
    out.clear();
  }
  if (!people && position) out += "{\"position\":\"" + position->text() + "\"}\n";
  if (!out.empty()) runtime.print(out);
}

int run_tail(Runtime& runtime, const TailOptions& options) {
  const InterruptGuard interrupts;
  events::require_home_cluster(runtime.database());
  auto from = start_position(runtime, options.from);
  if (options.once && !from)
    from = PgSnapshot::parse(runtime.database().read(sql::tail::start).single_row().text(0));
  events::LogTail tail(runtime.database_options(), std::move(from));
  const auto pause = runtime.config().events.poll;
  bool given = false;  // since the last position that was printed
  while (!InterruptGuard::is_raised()) {
    try {
      const auto events = tail.poll();
      given = given || !events.empty();
      print(runtime, events, given && !tail.has_more() ? tail.position() : std::nullopt);
      if (tail.has_more()) continue;
      given = false;
      if (options.once) return exit_ok;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable || options.once) throw;
      runtime.notice(std::string("waiting for the database: ") + error.what());
      std::this_thread::sleep_for(std::chrono::milliseconds{500});
    }
    std::this_thread::sleep_for(pause);
  }
  if (tail.position()) runtime.notice("continue with --from " + tail.position()->text());
  return exit_ok;
}

}  // namespace

CommandFn events_tail(Spec& spec) {
  auto options = std::make_shared<TailOptions>();
  spec.about(
      "Prints every committed event once, as soon as it is visible, until it is interrupted. With "
      "-o jsonl each event is one JSON object. After each batch a line {\"position\": ..} says "
      "where to continue: a reader that stores the position together with its own results loses "
      "and repeats no event.");
  spec.example("new events only", "feedctl events tail");
  spec.example("for another system, from where it stopped",
               "feedctl events tail --from 8231:8240:8235 -o jsonl");
  spec.value("--from", "POSITION", "now, start (everything that is kept), or a position",
             &options->from);
  spec.flag("--once", "print the events that exist, then end", &options->once);
  spec.see_also({"work", "trace"});
  return [options](Runtime& runtime) { return run_tail(runtime, *options); };
}

}  // namespace feedctl::cli
