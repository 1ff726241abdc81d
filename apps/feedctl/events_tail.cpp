// feedctl events tail: the event log as lines, for other systems and for people.
#include <thread>

#include "base/error.hpp"
#include "events/log.hpp"
#include "events/tail.hpp"
#include "feedctl/frame/progress.hpp"
#include "feedctl/frame/spec.hpp"
#include "feedctl/runtime.hpp"
#include "sql/tail.hpp"

namespace feedctl::cli {

namespace {

using events::Event;
using events::Snapshot;

constexpr std::size_t printed_at_once = 1 << 16;

struct TailOptions {
  std::string from = "now";
  bool once = false;
};

std::optional<Snapshot> first_position(Runtime& runtime, const std::string& from) {
  if (from == "now") return std::nullopt;
  if (from == "start") {
    return Snapshot::parse(runtime.database().read(sql::tail::start).only().text(0));
  }
  if (auto position = Snapshot::parse(from)) {
    const auto now = Snapshot::parse(runtime.database().read(sql::tail::now).only().text(0));
    if (now && position->xmax > now->xmax) {
      throw Error(ErrorCode::failed,
                  "--from " + from + " is ahead of this database: " + now->text())
          .with_hint("it is of another database; begin anew: feedctl events tail --from start");
    }
    return position;
  }
  throw Error(ErrorCode::usage, "--from expects now, start or a position, not \"" + from + "\"")
      .with_hint("positions are what events tail prints, as in 8231:8240:8235");
}

std::string line_for_people(const Event& event) {
  auto name = std::string(events::name_of(event.type));
  if (name.empty()) name = "type " + std::to_string(static_cast<int>(event.type));
  name.resize(std::max<std::size_t>(name.size(), 18), ' ');
  return rfc3339(event.at) + "  " + name + "  actor " + std::to_string(event.actor) + "  object " +
         std::to_string(event.object) + "\n";
}

// `position`: nullopt where the batch is not complete.
void print(Runtime& runtime, const std::vector<Event>& events,
           const std::optional<Snapshot>& position) {
  const bool people = runtime.common().format() == OutputFormat::table;
  std::string out;
  for (const auto& event : events) {
    if (people) {
      out += line_for_people(event);
    } else {
      events::append_json(out, event);
      out += '\n';
    }
    if (out.size() < printed_at_once) continue;
    runtime.print(out);
    out.clear();
  }
  if (!people && position) out += "{\"position\":\"" + position->text() + "\"}\n";
  if (!out.empty()) runtime.print(out);
}

int run_tail(Runtime& runtime, const TailOptions& options) {
  const Interrupts interrupts;
  events::check_home(runtime.database());
  auto from = first_position(runtime, options.from);
  if (options.once && !from)
    from = Snapshot::parse(runtime.database().read(sql::tail::start).only().text(0));
  events::Tail tail(runtime.database_options(), std::move(from));
  const auto pause = runtime.config().events.poll;
  bool given = false;  // since the last position that was printed
  while (!Interrupts::raised()) {
    try {
      const auto events = tail.poll();
      given = given || !events.empty();
      print(runtime, events, given && !tail.more() ? tail.position() : std::nullopt);
      if (tail.more()) continue;
      given = false;
      if (options.once) return exit_ok;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable || options.once) throw;
      runtime.say(std::string("waiting for the database: ") + error.what());
      std::this_thread::sleep_for(std::chrono::milliseconds{500});
    }
    std::this_thread::sleep_for(pause);
  }
  if (tail.position()) runtime.say("go on with --from " + tail.position()->text());
  return exit_ok;
}

}  // namespace

Run events_tail(Spec& spec) {
  auto options = std::make_shared<TailOptions>();
  spec.about(
      "Prints every committed event once, as soon as it is there, until it is interrupted. With -o "
      "jsonl each event is one JSON object, and after each batch a line {\"position\": ..} tells "
      "where "
      "to go on: a reader that keeps it with what it did loses nothing and repeats nothing.");
  spec.example("what happens now", "feedctl events tail");
  spec.example("for another system, from where it was",
               "feedctl events tail --from 8231:8240:8235 -o jsonl");
  spec.value("--from", "POSITION", "now, start (everything that is kept), or a position",
             &options->from);
  spec.flag("--once", "print what is there and end", &options->once);
  spec.see_also({"work", "trace"});
  return [options](Runtime& runtime) { return run_tail(runtime, *options); };
}

}  // namespace feedctl::cli
