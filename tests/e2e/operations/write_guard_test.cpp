// What must hold of a database before this binary uses it: every way in asks, and says the remedy.
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "dev_servers/pg_admin.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"
#include "support/test_servers.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace feedctl::support;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 120s;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

RunOptions with(const FreshDatabase& database) {
  RunOptions options;
  options.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                         "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal()};
  return options;
}

// Each command that opens the database and is no daemon, with what it needs at least.
const std::vector<std::vector<std::string>> batch_commands{
    {"seed", "--profile", "small"},
    {"seed", "--users", "10"},
    {"seed", "--users", "10", "--append"},
    {"verify"},
    {"verify", "--all", "--repair"},
    {"verify", "--index"},
    {"rebuild-feed", "--all"},
    {"warm-cache"},
    {"explain", "--user", "1", "--post", "1"},
    {"trace", "--post", "1"},
    {"events", "tail", "--once"},
    {"dlq", "list"},
    {"dlq", "show", "1"},
    {"dlq", "retry", "1"},
    {"dlq", "drop", "1"},
    {"audit"},
    {"users", "create", "--handle", "ada"},
    {"users", "token", "--handle", "ada"},
    {"users", "promote", "--handle", "ada", "--role", "admin"},
    {"users", "list"},
    {"users", "show", "--handle", "ada"},
};

std::string line_of(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) line += word + " ";
  return line;
}

void check_refused(const std::vector<std::string>& command, const FreshDatabase& database,
                   int exit_code, const std::string& reason, const std::string& hint) {
  const auto result = run_feedctl(command, with(database));
  INFO(line_of(command) << "\n" << result.out << result.err);
  CHECK(result.exit_code == exit_code);
  CHECK(contains(result.err, reason));
  CHECK(contains(result.err, "hint: "));
  CHECK(contains(result.err, hint));
}

void check_all_refuse(const FreshDatabase& database, int exit_code, const std::string& reason,
                      const std::string& hint) {
  for (const auto& command : batch_commands)
    check_refused(command, database, exit_code, reason, hint);
}

// A server that may never become ready.
class UnreadyServer {
 public:
  explicit UnreadyServer(const FreshDatabase& database) : port_(free_port()), http_(port_) {
    process_ = std::make_unique<BackgroundProcess>(
        std::vector<std::string>{feedctl_binary(), "serve", "--port", std::to_string(port_),
                                 "--set", "auth.mode=open", "--set", "log.level=warning"},
        with(database));
    REQUIRE(eventually(patience, [&] { return http_.get("/health/live").status == 200; }));
  }
  const HttpClient& http() const { return http_; }
  std::string output() const { return process_->output(); }

 private:
  int port_;
  HttpClient http_;
  std::unique_ptr<BackgroundProcess> process_;
};

bool is_unready(const HttpClient& http, const std::string& status) {
  const auto answer = http.get("/health/ready");
  return answer.status == 503 && contains(answer.body, "\"status\":\"" + status + "\"");
}

int post(const HttpClient& http) {
  return http.post("/v1/users", R"({"handle":"u)" + std::to_string(std::rand()) + R"("})").status;
}

std::string finding(const FreshDatabase& database, const std::string& check,
                    const std::vector<std::string>& more = {}) {
  auto options = with(database);
  options.environment.insert(options.environment.end(), more.begin(), more.end());
  const auto result = run_feedctl({"doctor", "-o", "jsonl"}, options);
  const auto at = result.out.find("{\"check\":\"" + check + "\"");
  if (at == std::string::npos) return "no such check in: " + result.out + result.err;
  return result.out.substr(at, result.out.find('\n', at) - at);
}

bool is_error(const std::string& finding) {
  return contains(finding, "\"state\":\"error\"");
}

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE(
    "a schema newer than the binary stops writes of a running server, work and all commands") {
  const FreshDatabase database;
  const ServerProcess serve(database);
  const auto http = serve.client();
  CHECK(post(http) == 201);
  database.execute(
      "INSERT INTO schema_migrations (version, name, sha256, milliseconds) VALUES (9999, 'later', "
      "'x', 1)");
  CHECK(eventually(patience, [&] { return is_unready(http, "schema"); }));
  CHECK(eventually(patience, [&] { return post(http) == 503; }));
  check_all_refuse(database, 65, "the schema is at version 9999", "install the newer feedctl");
  check_refused({"work"}, database, 65, "the schema is at version 9999", "install the newer");
  CHECK(database.execute("SELECT count(*) FROM jobs") == "0");
  database.execute("DELETE FROM schema_migrations WHERE version = 9999");
  CHECK(eventually(patience, [&] { return http.get("/health/ready").status == 200; }));
  CHECK(eventually(patience, [&] { return post(http) == 201; }));
}

TEST_CASE("a schema older than the binary stops all commands, and work waits for the migration") {
  const FreshDatabase database;
  database.execute("CREATE TABLE kept AS SELECT * FROM schema_migrations");
  database.execute(
      "DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations)");
  check_all_refuse(database, 69, "this binary wants", "feedctl migrate up");
  const UnreadyServer serve(database);
  CHECK(is_unready(serve.http(), "schema"));
  CHECK(post(serve.http()) == 503);
  BackgroundProcess work({feedctl_binary(), "work"}, with(database));
  CHECK(work.wait_for_line("waiting for the database", patience));
  CHECK(database.execute("SELECT count(*) FROM consumers WHERE dirty") == "0");
  database.execute(
      "INSERT INTO schema_migrations SELECT * FROM kept ON CONFLICT (version) DO NOTHING");
  CHECK(eventually(patience, [&] { return serve.http().get("/health/ready").status == 200; }));
  CHECK(eventually(patience, [&] { return post(serve.http()) == 201; }));
  CHECK(work.wait_for_line("working", patience));
}

TEST_CASE(
    "a database of another cluster refuses writes by every path, and does not recover with time") {
  const FreshDatabase database;
  const ServerProcess running(database);
  CHECK(post(running.client()) == 201);
  // Every position and event lies far below the ids of this cluster: nothing is ahead any more.
  database.execute("UPDATE log_state SET cluster = 1");
  CHECK(eventually(patience, [&] { return is_unready(running.client(), "cluster"); }));
  CHECK(eventually(patience, [&] { return post(running.client()) == 503; }));
  const UnreadyServer serve(database);
  CHECK(is_unready(serve.http(), "cluster"));
  CHECK(post(serve.http()) == 503);
  check_all_refuse(database, 78, "was made in another cluster", "feedctl events adopt");
  check_refused({"work"}, database, 78, "was made in another cluster", "feedctl events adopt");
  const auto home = finding(database, "log_home");
  CHECK(is_error(home));
  CHECK(contains(home, "feedctl events adopt"));
}

TEST_CASE("everything that hints and findings refer to exists") {
  const FreshDatabase database;
  database.execute("UPDATE log_state SET cluster = 1");
  const auto refused = run_feedctl({"verify"}, with(database));
  const auto at = refused.err.find("(docs/");
  REQUIRE(at != std::string::npos);
  const auto comma = refused.err.find(", \"", at), end = refused.err.find("\")", at);
  REQUIRE(end != std::string::npos);
  const auto page = refused.err.substr(at + 1, comma - at - 1);
  const auto heading = refused.err.substr(comma + 3, end - comma - 3);
  CHECK(contains(text_of(std::string(std::getenv("FEEDCTL_SOURCE")) + "/" + page),
                 "# " + heading + "\n"));
}

TEST_CASE("rows hidden by row security are reported, and nothing is repaired over them") {
  const FreshDatabase database;
  {
    const ServerProcess serve(database);
    REQUIRE(post(serve.client()) == 201);
  }
  database.execute("INSERT INTO posts (id, author_id, shard) SELECT 77, id, shard FROM users");
  database.execute("INSERT INTO post_likes SELECT 77, 1");
  database.execute("INSERT INTO likes (user_id, post_id) SELECT id, 77 FROM users");
  database.execute("ALTER TABLE posts ENABLE ROW LEVEL SECURITY");
  const auto told = finding(database, "row_security");
  CHECK(is_error(told));
  CHECK(contains(told, "posts"));
  const UnreadyServer serve(database);
  CHECK(is_unready(serve.http(), "row_security"));
  check_refused({"verify", "--all", "--repair"}, database, 78, "row security hides rows", "posts");
  CHECK(database.execute("SELECT count(*) FROM likes") == "1");
  database.execute("ALTER TABLE posts DISABLE ROW LEVEL SECURITY");
  CHECK(eventually(patience, [&] { return serve.http().get("/health/ready").status == 200; }));
}

TEST_CASE("a node number out of range is reported before an id is generated") {
  const FreshDatabase database;
  database.execute("ALTER DATABASE " + database.name() + " SET feedctl.node = 32");
  check_refused({"users", "create", "--handle", "ada"}, database, 78, "feedctl.node is \"32\"",
                "SET feedctl.node = 0");
  CHECK(is_error(finding(database, "node")));
  database.execute("ALTER DATABASE " + database.name() + " SET feedctl.node = 30");
  CHECK(run_feedctl({"users", "create", "--handle", "ada"}, with(database)).exit_code == 0);
}

TEST_CASE("a read-only database is not ready, and doctor names the setting") {
  const FreshDatabase database;
  const ServerProcess running(database);
  database.execute("ALTER DATABASE " + database.name() + " SET default_transaction_read_only = on");
  database.execute(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = "
      "current_database() AND pid <> pg_backend_pid()");
  CHECK(eventually(patience, [&] { return is_unready(running.client(), "writes"); }));
  const UnreadyServer started(database);
  CHECK(eventually(patience, [&] { return is_unready(started.http(), "writes"); }));
  CHECK(post(started.http()) == 503);
  const auto told = finding(database, "writes");
  CHECK(is_error(told));
  CHECK(contains(told,
                 "ALTER DATABASE " + database.name() + " RESET default_transaction_read_only;"));
  dev_servers::execute(
      test_servers().postgres().superuser_url(),
      "ALTER DATABASE " + database.name() + " RESET default_transaction_read_only");
  CHECK(eventually(patience, [&] { return started.http().get("/health/ready").status == 200; }));
  CHECK(eventually(patience, [&] { return post(started.http()) == 201; }));
}

TEST_CASE("the readiness check leaves no data behind") {
  const FreshDatabase database;
  const ServerProcess serve(database);
  for (int i = 0; i < 5; ++i) CHECK(serve.client().get("/health/ready").status == 200);
  CHECK_FALSE(is_error(finding(database, "writes")));
  CHECK(database.execute("SELECT count(*) FROM events") == "0");
}

TEST_CASE("work says on its port that it cannot write") {
  const FreshDatabase database;
  const auto port = free_port();
  const HttpClient http(port);
  BackgroundProcess work({feedctl_binary(), "work", "--port", std::to_string(port)},
                         with(database));
  REQUIRE(eventually(patience, [&] { return http.get("/health/ready").status == 200; }));
  database.execute("REVOKE INSERT ON events FROM feedctl_app");
  CHECK(eventually(patience, [&] { return is_unready(http, "writes"); }));
  database.execute("GRANT INSERT ON events TO feedctl_app");
  CHECK(eventually(patience, [&] { return http.get("/health/ready").status == 200; }));
  database.execute("UPDATE log_state SET cluster = 1");
  CHECK(eventually(patience, [&] { return is_unready(http, "cluster"); }));
}

namespace {

// The Redis that all tests share has too little memory while one lives.
class OutOfMemoryRedis {
 public:
  OutOfMemoryRedis() { REQUIRE(set_maxmemory("1")); }
  ~OutOfMemoryRedis() { set_maxmemory("0"); }
  OutOfMemoryRedis(const OutOfMemoryRedis&) = delete;
  OutOfMemoryRedis& operator=(const OutOfMemoryRedis&) = delete;

 private:
  static bool set_maxmemory(const std::string& bytes) {
    const auto done = run({"redis-cli", "-s", test_servers().redis().socket_path().string(),
                           "CONFIG", "SET", "maxmemory", bytes});
    return contains(done.out, "OK");
  }
};

}  // namespace

TEST_CASE("doctor reports a Redis that refuses every write") {
  const FreshDatabase database;
  const std::vector<std::string> redis{"FEEDCTL_REDIS_URL=" + redis_url()};
  CHECK(contains(finding(database, "redis_writes", redis), "\"state\":\"ok\""));
  const OutOfMemoryRedis full;
  const auto told = finding(database, "redis_writes", redis);
  CHECK(is_error(told));
  CHECK(contains(told, "maxmemory"));
}

TEST_CASE("doctor compares all connections of the daemons with each connection limit") {
  const FreshDatabase database;
  const auto as_superuser = [](const std::string& sql) {
    dev_servers::execute(test_servers().postgres().superuser_url(), sql);
  };
  CHECK(contains(finding(database, "connections"), "\"state\":\"ok\""));
  as_superuser("ALTER ROLE feedctl_app CONNECTION LIMIT 6");
  const auto role = finding(database, "connections");
  as_superuser("ALTER ROLE feedctl_app CONNECTION LIMIT -1");
  CHECK(is_error(role));
  CHECK(contains(role, "role feedctl_app may have 6"));
  CHECK(contains(role, "ALTER ROLE feedctl_app CONNECTION LIMIT "));
  as_superuser("ALTER DATABASE " + database.name() + " CONNECTION LIMIT 20");
  const auto one = finding(database, "connections");  // a serve fits, a work beside it does not
  CHECK(contains(one, "\"state\":\"warning\""));
  CHECK(contains(one, "database " + database.name() + " may have 20"));
}

namespace {

// A database that a test makes by hand, dropped at its end.
class CustomDatabase {
 public:
  explicit CustomDatabase(const std::string& how) {
    dev_servers::execute(server().superuser_url(), "CREATE DATABASE made " + how);
  }
  ~CustomDatabase() {
    try {
      dev_servers::execute(server().superuser_url(), "DROP DATABASE made WITH (FORCE)");
    } catch (const Error&) {
    }
  }
  static const dev_servers::Postgres& server() { return test_servers().postgres(); }
  static void execute(const std::string& sql) {
    dev_servers::execute(server().superuser_url("made"), sql);
  }
  static RunResult migrate() {
    RunOptions options;
    options.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=" + server().url("made"),
                           "FEEDCTL_DATABASE_OWNER_URL=" + server().owner_url("made")};
    return run_feedctl({"migrate", "up"}, options);
  }
};

}  // namespace

TEST_CASE("migrate up refuses a database with an unsuitable encoding before creating anything") {
  const CustomDatabase made(
      "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0 OWNER feedctl_owner");
  const auto refused = CustomDatabase::migrate();
  INFO(refused.err);
  CHECK(refused.exit_code == 78);
  CHECK(contains(refused.err, "LATIN1"));
  CHECK(contains(refused.err, "ENCODING 'UTF8'"));
  RunOptions options;
  options.environment = {"FEEDCTL_CONFIG",
                         "FEEDCTL_DATABASE_URL=" + CustomDatabase::server().url("made")};
  const auto told = run_feedctl({"doctor", "-o", "jsonl"}, options);
  CHECK(contains(told.out, "{\"check\":\"encoding\",\"state\":\"error\""));
}

TEST_CASE("a server on a database with an unsuitable encoding is not ready and refuses writes") {
  const FreshDatabase database;
  database.execute(
      "UPDATE pg_database SET encoding = pg_char_to_encoding('LATIN1') WHERE datname = "
      "current_database()");
  const UnreadyServer serve(database);
  CHECK(eventually(patience, [&] { return is_unready(serve.http(), "encoding"); }));
  CHECK(post(serve.http()) == 503);
}

TEST_CASE("migrate up by a role that cannot create tables names the privilege and exits with 78") {
  const CustomDatabase made("TEMPLATE template0");
  CustomDatabase::execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  const auto refused = CustomDatabase::migrate();
  INFO(refused.err);
  CHECK(refused.exit_code == 78);
  CHECK(contains(refused.err, "GRANT USAGE, CREATE ON SCHEMA public TO \"feedctl_owner\";"));
  CustomDatabase::execute("GRANT USAGE, CREATE ON SCHEMA public TO feedctl_owner");
  CHECK(CustomDatabase::migrate().exit_code == 0);
}

TEST_CASE("migrate up into a database without the schema public names the remedy") {
  const CustomDatabase made("TEMPLATE template0");
  CustomDatabase::execute("DROP SCHEMA public");
  const auto refused = CustomDatabase::migrate();
  INFO(refused.err);
  CHECK(refused.exit_code == 78);
  CHECK(contains(refused.err, "CREATE SCHEMA public AUTHORIZATION \"feedctl_owner\";"));
}

TEST_CASE(
    "migrate up by a role that does not own the tables reports it as a privilege error, not a "
    "bug") {
  const FreshDatabase database;
  database.execute("GRANT USAGE, CREATE ON SCHEMA public TO feedctl_app");
  auto options = with(database);
  options.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=" + database.owner_url().reveal(),
                         "FEEDCTL_DATABASE_OWNER_URL=" + database.url().reveal()};
  const auto refused = run_feedctl({"migrate", "up"}, options);
  INFO(refused.err);
  CHECK(refused.exit_code == 78);
  CHECK_FALSE(contains(refused.err, "bug in feedctl"));
  CHECK(contains(refused.err, "owns the tables"));
}

TEST_CASE("a role that may not call pg_control_system() is told the grant that it needs") {
  const FreshDatabase database;
  database.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
  check_refused({"users", "list"}, database, 69, "may not call pg_control_system()",
                "GRANT EXECUTE ON FUNCTION pg_control_system() TO feedctl_app");
}

TEST_CASE("a command without a privilege names the command that grants it, and reports no bug") {
  const FreshDatabase database;
  database.execute("REVOKE ALL ON users FROM feedctl_app");
  check_refused({"users", "list"}, database, 69, "lacks a right", "feedctl migrate up");
}
