#include "store/guard.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>

#include "base/log.hpp"
#include "sql/store.hpp"
#include "store/connection_check.hpp"
#include "store/migrator.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::store {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds refusal_window{10};
constexpr std::size_t max_refusals = 64;

// The state that all connections of the process share.
struct State {
  std::atomic<bool> is_enabled{false};
  std::atomic<bool> fails_connections{false};
  std::atomic<bool> writes_closed{false};
  std::mutex mutex;
  std::shared_ptr<const Problem> problem;  // found by the last check
  std::deque<Clock::time_point> refusals;
  std::string message;  // of the last refused write
};
State& state() {
  static State state;
  return state;
}

void add_server_problems(std::vector<Problem>& found, const Row& facts) {
  const std::string version = std::to_string(facts.integer(0) / 10000);
  const std::string encoding(facts.text(1)), name(facts.text(2));
  if (facts.integer(0) < min_server_version) {
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

void add_row_security_problem(std::vector<Problem>& found, const Row& facts) {
  if (facts.is_null(4)) return;
  const std::string tables(facts.text(4));
  const auto first = tables.substr(0, tables.find(','));
  found.push_back({"row_security", ErrorCode::config,
                   "row security hides rows from this role, in " + tables,
                   "ALTER TABLE " + first +
                       " DISABLE ROW LEVEL SECURITY; or ALTER ROLE .. BYPASSRLS for the roles of "
                       "database.url and database.owner_url"});
}

// Ids have five bits for it, and bulk loads make theirs with 31.
void add_node_problem(std::vector<Problem>& found, const Row& facts) {
  const std::string node(facts.is_null(5) ? "" : facts.text(5));
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

Problem unknown_cluster_problem(const std::string& role) {
  return {
      "cluster", ErrorCode::unavailable,
      "the role " + role +
          " may not call pg_control_system(), which tells whether the event log was made in "
          "this cluster",
      "as a superuser, in this database: GRANT EXECUTE ON FUNCTION pg_control_system() TO " + role};
}

void add_schema_and_cluster_problems(std::vector<Problem>& found, const QueryFn& ask,
                                     const Row& facts) {
  if (!facts.boolean(7)) {
    found.push_back(unknown_cluster_problem(std::string(facts.text(6))));
    return;
  }
  std::optional<Result> rows;
  try {
    rows = ask(sql::store::belonging);
  } catch (const SqlError& error) {
    if (error.sqlstate() != sqlstate::undefined_table &&
        error.sqlstate() != sqlstate::insufficient_privilege)
      throw;
    found.push_back(*schema_problem(0));
    return;
  }
  const auto row = rows->single_row();
  if (auto problem = schema_problem(row.integer(0))) found.push_back(*std::move(problem));
  if (row.is_null(1) || row.integer(1) == row.integer(2)) return;
  found.push_back(other_cluster_problem());
}

}  // namespace

Error Problem::error() const {
  return Error(code, reason).with_hint(hint);
}

Problem other_cluster_problem() {
  return {"cluster", ErrorCode::config,
          "this database was made in another cluster, of whose transaction ids its event log "
          "speaks: events would be lost",
          "feedctl events adopt --dry-run says what is to be done (docs/operations.md, \"A dump in "
          "another cluster\")"};
}

std::vector<Problem> find_server_problems(const QueryFn& ask) {
  std::vector<Problem> found;
  add_server_problems(found, ask(sql::store::facts).single_row());
  return found;
}

std::vector<Problem> find_problems(const QueryFn& ask) {
  std::vector<Problem> found;
  const auto facts = ask(sql::store::facts);
  add_server_problems(found, facts.single_row());
  add_schema_and_cluster_problems(found, ask, facts.single_row());
  add_row_security_problem(found, facts.single_row());
  add_node_problem(found, facts.single_row());
  return found;
}

std::vector<Problem> find_problems(Database& database) {
  return find_problems([&](const Query& query) { return database.read(query); });
}

bool is_standby(Database& database) {
  return database.read(sql::store::facts).single_row().boolean(3);
}

void guard_connections(GuardMode how) {
  state().fails_connections = how == GuardMode::fail_connections;
  state().is_enabled = true;
}

std::shared_ptr<const Problem> check_connection(const QueryFn& ask) {
  if (!state().is_enabled) return nullptr;
  auto found = find_problems(ask);
  if (found.empty()) return nullptr;
  if (state().fails_connections) throw found.front().error();
  return std::make_shared<const Problem>(std::move(found.front()));
}

std::optional<Problem> recheck(Database& database) {
  auto found = find_problems(database);
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
  known.writes_closed = known.is_enabled && problem != nullptr;
  return problem ? std::optional<Problem>(*problem) : std::nullopt;
}

SqlError writes_closed_error(const Problem& problem) {
  SqlError error(ErrorCode::unavailable, "the database takes no writes",
                 std::string(sqlstate::read_only_sql_transaction), "");
  std::move(error)
      .with_detail(problem.reason)
      .with_hint(problem.hint)
      .with_retry_after(std::chrono::seconds{1});
  return error;
}

void require_writes_open() {
  auto& known = state();
  if (!known.writes_closed.load(std::memory_order_relaxed)) return;
  std::shared_ptr<const Problem> problem;
  {
    const std::lock_guard lock(known.mutex);
    problem = known.problem;
  }
  if (problem) throw writes_closed_error(*problem);
}

void require_writes_open(const Problem* of_connection) {
  if (of_connection != nullptr) throw writes_closed_error(*of_connection);
  require_writes_open();
}

void record_write_refusal(const std::string& state_code, const std::string& message) {
  const bool takes_no_writes = sqlstate::is_any_of(
      state_code, {sqlstate::read_only_sql_transaction, sqlstate::disk_full, sqlstate::io_error});
  if (!takes_no_writes) return;
  auto& known = state();
  const std::lock_guard lock(known.mutex);
  known.refusals.push_back(Clock::now());
  if (known.refusals.size() > max_refusals) known.refusals.pop_front();
  known.message = message;
}

RecentWriteRefusals recent_write_refusals() {
  auto& known = state();
  const std::lock_guard lock(known.mutex);
  while (!known.refusals.empty() && known.refusals.front() + refusal_window < Clock::now())
    known.refusals.pop_front();
  RecentWriteRefusals out;
  out.count = static_cast<int>(known.refusals.size());
  if (!known.refusals.empty()) out.last = known.refusals.back();
  out.message = known.message;
  return out;
}

}  // namespace feedctl::store
