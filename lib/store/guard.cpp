#include "store/guard.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>

#include "base/log.hpp"
#include "sql/store.hpp"
#include "store/admission.hpp"
#include "store/migrator.hpp"

namespace feedctl::store {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds lately{10};
constexpr std::size_t most_refusals = 64;

// What the whole process knows.
struct State {
  std::atomic<bool> guards{false};
  std::atomic<bool> refuses{false};
  std::atomic<bool> closed{false};
  std::mutex mutex;
  std::shared_ptr<const Problem> problem;  // of the last look
  std::deque<Clock::time_point> refusals;
  std::string message;  // of the last refusal
};
State& state() {
  static State state;
  return state;
}

void add_server(std::vector<Problem>& found, const Row& facts) {
  const std::string version = std::to_string(facts.integer(0) / 10000);
  const std::string encoding(facts.text(1)), name(facts.text(2));
  if (facts.integer(0) < oldest_server) {
    found.push_back({"server", ErrorCode::config, "PostgreSQL " + version + " is too old",
                     "use PostgreSQL 15 or newer"});
  }
  if (encoding != "UTF8") {
    found.push_back(
        {"encoding", ErrorCode::config,
         "database " + name + " has the encoding " + encoding + ", which cannot hold every text",
         "make a new one: CREATE DATABASE " + name +
             "_utf8 ENCODING 'UTF8' TEMPLATE template0; and load a dump of the old one into it"});
  }
}

void add_rows_hidden(std::vector<Problem>& found, const Row& facts) {
  if (facts.null(4)) return;
  const std::string tables(facts.text(4));
  const auto first = tables.substr(0, tables.find(','));
  found.push_back({"row_security", ErrorCode::config,
                   "row security hides rows from this role, in " + tables,
                   "ALTER TABLE " + first +
                       " DISABLE ROW LEVEL SECURITY; or ALTER ROLE .. BYPASSRLS for the roles of "
                       "database.url and database.owner_url"});
}

// Ids have five bits for it, and bulk loads make theirs with 31.
void add_node(std::vector<Problem>& found, const Row& facts) {
  const std::string node(facts.null(5) ? "" : facts.text(5));
  const bool digits = node.find_first_not_of("0123456789") == std::string::npos;
  if (digits && node.size() < 3 && (node.empty() || std::stoi(node) < 31)) return;
  const std::string name(facts.text(2));
  found.push_back({"node", ErrorCode::config,
                   "feedctl.node is \"" + node + "\", which ids have no room for",
                   "ALTER DATABASE " + name + " SET feedctl.node = 0; or another number up to 30"});
}

std::optional<Problem> schema_problem(std::int64_t version) {
  const auto wanted = embedded_migrations().back().version;
  if (version == wanted) return std::nullopt;
  const auto reason = "the schema is at version " + std::to_string(version) +
                      ", this binary wants " + std::to_string(wanted);
  if (version < wanted)
    return Problem{"schema", ErrorCode::unavailable, reason, "run feedctl migrate up"};
  return Problem{"schema", ErrorCode::bad_data, reason, "install the newer feedctl"};
}

void add_belonging(std::vector<Problem>& found, const Ask& ask) {
  std::optional<Result> rows;
  try {
    rows = ask(sql::store::belonging);
  } catch (const SqlError& error) {
    if (error.sqlstate() != "42P01" && error.sqlstate() != "42501") throw;
    found.push_back(*schema_problem(0));
    return;
  }
  const auto row = rows->only();
  if (auto problem = schema_problem(row.integer(0))) found.push_back(*std::move(problem));
  if (row.null(1) || row.integer(1) == row.integer(2)) return;
  found.push_back(other_cluster());
}

}  // namespace

Error Problem::error() const {
  return Error(code, reason).with_hint(hint);
}

Problem other_cluster() {
  return {"cluster", ErrorCode::config,
          "this database was made in another cluster, of whose transaction ids its event log "
          "speaks: events would be lost",
          "feedctl events adopt --dry-run says what is to be done (docs/operations.md, \"A dump in "
          "another cluster\")"};
}

std::vector<Problem> problems_of_server(const Ask& ask) {
  std::vector<Problem> found;
  add_server(found, ask(sql::store::facts).only());
  return found;
}

std::vector<Problem> problems_of(const Ask& ask) {
  std::vector<Problem> found;
  const auto facts = ask(sql::store::facts);
  add_server(found, facts.only());
  add_belonging(found, ask);
  add_rows_hidden(found, facts.only());
  add_node(found, facts.only());
  return found;
}

std::vector<Problem> problems_of(Database& database) {
  return problems_of([&](const Query& query) { return database.read(query); });
}

bool is_standby(Database& database) {
  return database.read(sql::store::facts).only().boolean(3);
}

void guard_connections(Guarding how) {
  state().refuses = how == Guarding::refuse;
  state().guards = true;
}

std::shared_ptr<const Problem> admit(const Ask& ask) {
  if (!state().guards) return nullptr;
  auto found = problems_of(ask);
  if (found.empty()) return nullptr;
  if (state().refuses) throw found.front().error();
  return std::make_shared<const Problem>(std::move(found.front()));
}

std::optional<Problem> look_again(Database& database) {
  auto found = problems_of(database);
  std::shared_ptr<const Problem> problem;
  if (!found.empty()) problem = std::make_shared<const Problem>(std::move(found.front()));
  auto& known = state();
  const std::lock_guard lock(known.mutex);
  const bool changed =
      (known.problem ? known.problem->reason : "") != (problem ? problem->reason : "");
  if (changed && problem)
    log::error("no writes are taken", {{"reason", problem->reason}, {"hint", problem->hint}});
  if (changed && !problem) log::info("writes are taken again");
  known.problem = problem;
  known.closed = known.guards && problem != nullptr;
  return problem ? std::optional<Problem>(*problem) : std::nullopt;
}

SqlError closed_for_writes(const Problem& problem) {
  SqlError error(ErrorCode::unavailable, "the database takes no writes", "25006", "");
  std::move(error)
      .with_detail(problem.reason)
      .with_hint(problem.hint)
      .with_retry_after(std::chrono::seconds{1});
  return error;
}

void require_writes_open() {
  auto& known = state();
  if (!known.closed.load(std::memory_order_relaxed)) return;
  std::shared_ptr<const Problem> problem;
  {
    const std::lock_guard lock(known.mutex);
    problem = known.problem;
  }
  if (problem) throw closed_for_writes(*problem);
}

void require_writes_open(const Problem* of_connection) {
  if (of_connection != nullptr) throw closed_for_writes(*of_connection);
  require_writes_open();
}

void note_refusal(const std::string& sqlstate, const std::string& message) {
  if (sqlstate != "25006" && sqlstate != "53100" && sqlstate != "58030") return;
  auto& known = state();
  const std::lock_guard lock(known.mutex);
  known.refusals.push_back(Clock::now());
  if (known.refusals.size() > most_refusals) known.refusals.pop_front();
  known.message = message;
}

Refusals recent_refusals() {
  auto& known = state();
  const std::lock_guard lock(known.mutex);
  while (!known.refusals.empty() && known.refusals.front() + lately < Clock::now())
    known.refusals.pop_front();
  Refusals out;
  out.count = static_cast<int>(known.refusals.size());
  if (!known.refusals.empty()) out.last = known.refusals.back();
  out.message = known.message;
  return out;
}

}  // namespace feedctl::store
