// A dump that was restored into a younger cluster, and feedctl events adopt.
#include "base/json.hpp"
#include "dev_servers/pg_admin.hpp"
#include "support/catch.hpp"
#include "support/http_client.hpp"
#include "support/own_postgres.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace feedctl::support;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 120s;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string made(const HttpClient& http, const std::string& path, const std::string& body) {
  const auto answer = http.post(path, body);
  INFO(path << " " << answer.status << " " << answer.body);
  REQUIRE(answer.status == 201);
  const auto document = json::parse(answer.body);
  const auto* id = document.find("id");
  return id != nullptr && id->integer() ? std::to_string(*id->integer()) : "";
}

struct SeededUsers {
  std::string ada, bob, post;
};

// ada follows bob, her rows are kept, and bob posts.
SeededUsers make_people(const HttpClient& http, const PrivatePostgres& server) {
  SeededUsers people;
  people.ada = made(http, "/v1/users", R"({"handle":"ada"})");
  people.bob = made(http, "/v1/users", R"({"handle":"bob"})");
  const auto followed =
      http.post("/v1/users/" + people.bob + "/follow", R"({"user_id":)" + people.ada + "}");
  REQUIRE(followed.status == 200);
  server.execute("INSERT INTO feed_state (user_id, state) VALUES (" + people.ada + ", 2)");
  people.post = made(http, "/v1/posts", R"({"text":"hello","user_id":)" + people.bob + "}");
  return people;
}

int like(const HttpClient& http, const SeededUsers& people, const std::string& user) {
  return http.post("/v1/posts/" + people.post + "/likes", R"({"user_id":)" + user + "}").status;
}

// Moves the counter of transaction ids on.
void advance_xids(const PrivatePostgres& server, int count) {
  server.execute("DO $$ BEGIN FOR i IN 1.." + std::to_string(count) +
                 " LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$");
}

class RestoredDump {
 public:
  RestoredDump(const PrivatePostgres& from, const PrivatePostgres& into) : into_(into) {
    const auto server = named(into_.superuser_url(), "postgres");
    dev_servers::execute(server, "DROP DATABASE feedctl");
    dev_servers::execute(server, "CREATE DATABASE feedctl TEMPLATE template0 OWNER feedctl_owner");
    const auto done = run({"/bin/sh", "-c",
                           "set -e; \"$(pg_config --bindir)\"/pg_dump -d '" + from.superuser_url() +
                               "' > dump.sql; psql -q -v ON_ERROR_STOP=1 -d '" + superuser_url() +
                               "' -f dump.sql > /dev/null"},
                          in(folder_));
    INFO(done.out << done.err);
    REQUIRE(done.exit_code == 0);
  }
  std::string superuser_url() const { return into_.superuser_url(); }
  std::string url() const { return into_.url(); }
  std::string execute(const std::string& sql) const { return into_.execute(sql); }
  RunOptions options() const {
    RunOptions options;
    options.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=" + url(),
                           "FEEDCTL_DATABASE_OWNER_URL=" + superuser_url()};
    options.timeout = patience;
    return options;
  }

 private:
  static RunOptions in(const TempFolder& folder) {
    RunOptions options;
    options.folder = folder.path();
    options.timeout = patience;
    return options;
  }
  static std::string named(std::string url, const std::string& database) {
    const std::string old = "/feedctl?";
    const auto at = url.find(old);
    REQUIRE(at != std::string::npos);
    return url.replace(at, old.size(), "/" + database + "?");
  }
  const PrivatePostgres& into_;
  TempFolder folder_;
};

bool settled(const RestoredDump& database) {
  return database.execute("SELECT count(*) FROM waiting_events WHERE name = 'work'") == "0" &&
         database.execute(
             "SELECT count(*) FROM jobs WHERE not_before < now() + interval '1 minute'") == "0";
}

void check_verified(const RestoredDump& database) {
  const auto verified = run_feedctl({"verify", "--all"}, database.options());
  INFO(verified.out << verified.err);
  CHECK(verified.exit_code == 0);
}

}  // namespace

// One pair of servers for all of it: to make them takes seconds.
TEST_CASE(
    "a dump restored into a younger cluster refuses writes until adopted, and loses nothing "
    "afterwards") {
  PrivatePostgres old_server, young;
  advance_xids(old_server, 5000);
  // The address of the database, as it is moved from one server to the other.
  const TempFolder folder;
  const auto address = folder.path() / "s";
  std::filesystem::create_directory_symlink(old_server.socket_dir(), address);
  const ServerProcess serve(dev_servers::socket_url("feedctl_app", "feedctl", address.string()),
                            with_product_timeouts());
  const auto http = serve.client();
  const auto people = make_people(http, old_server);
  CHECK(like(http, people, people.ada) == 201);
  // No worker has run: what they have not passed must not be lost.
  const RestoredDump database(old_server, young);
  const auto options = database.options();
  const auto events = database.execute("SELECT count(*) FROM events");
  std::filesystem::remove(address);
  std::filesystem::create_directory_symlink(young.socket_dir(), address);
  old_server.stop();
  CHECK(eventually(patience, [&] {
    const auto ready = http.get("/health/ready");
    return ready.status == 503 && contains(ready.body, "\"cluster\"") &&
           contains(ready.body, "feedctl events adopt");
  }));
  CHECK(like(http, people, people.bob) == 503);
  CHECK(http.post("/v1/users", R"({"handle":"eve"})").status == 503);
  // Time heals nothing: the ids of this cluster pass those of the old one.
  advance_xids(young, 8000);
  CHECK(http.get("/health/ready").status == 503);
  CHECK(run_feedctl({"work"}, options).exit_code == 78);

  const auto dry = run_feedctl({"events", "adopt", "--dry-run"}, options);
  INFO(dry.out << dry.err);
  CHECK(dry.exit_code == 0);
  CHECK(http.get("/health/ready").status == 503);
  const auto adopted = run_feedctl({"events", "adopt"}, options);
  INFO(adopted.out << adopted.err);
  CHECK(adopted.exit_code == 0);
  CHECK(database.execute("SELECT count(*) FROM events") == events);  // nothing was written
  CHECK(run_feedctl({"events", "adopt"}, options).exit_code == 0);   // nothing is left to do

  CHECK(eventually(patience, [&] { return http.get("/health/ready").status == 200; }));
  CHECK(eventually(patience, [&] { return like(http, people, people.bob) < 300; }));
  BackgroundProcess work({feedctl_binary(), "work"}, options);
  CHECK(eventually(patience, [&] { return settled(database); }));
  CHECK(eventually(patience, [&] {
    return database.execute("SELECT score FROM hot_scores WHERE post_id = " + people.post) == "2";
  }));
  CHECK(database.execute("SELECT count(*) FROM user_feed WHERE user_id = " + people.ada +
                         " AND post_id = " + people.post) == "1");
  CHECK(work.stop() == 0);
  check_verified(database);
  const auto tail = run_feedctl({"events", "tail", "--once", "-o", "jsonl"}, options);
  CHECK(contains(tail.out, "PostCreated"));
}

TEST_CASE("positions are kept only if no transaction id is ahead of the cluster") {
  PrivatePostgres server;
  const auto set = [&](const std::string& sql) { server.execute(sql); };
  RunOptions options;
  options.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=" + server.url(),
                         "FEEDCTL_DATABASE_OWNER_URL=" + server.superuser_url()};
  set("UPDATE log_state SET cluster = 1");
  set("UPDATE consumers SET at = '900000000000:900000000000:' WHERE slot = 3");
  const auto refused = run_feedctl({"events", "adopt", "--keep-positions"}, options);
  INFO(refused.err);
  CHECK(refused.exit_code == 65);
  CHECK(contains(refused.err, "ahead of the transaction ids"));
  set("UPDATE consumers SET at = pg_current_snapshot() WHERE slot = 3");
  const auto before =
      server.execute("SELECT string_agg(at::text, ' ' ORDER BY slot) FROM consumers");
  CHECK(run_feedctl({"events", "adopt", "--keep-positions"}, options).exit_code == 0);
  CHECK(server.execute("SELECT string_agg(at::text, ' ' ORDER BY slot) FROM consumers") == before);
  CHECK(run_feedctl({"users", "list"}, options).exit_code == 0);
}

namespace {

std::string next_xid(const PrivatePostgres& server) {
  return server.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())");
}

std::string last_position(const std::string& lines) {
  const std::string key = "{\"position\":\"";
  const auto at = lines.rfind(key);
  REQUIRE(at != std::string::npos);
  const auto begin = at + key.size();
  return lines.substr(begin, lines.find('"', begin) - begin);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("after a restore, readers of the discarded history get every new event") {
  PrivatePostgres server;
  RunOptions options;
  options.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=" + server.url(),
                         "FEEDCTL_DATABASE_OWNER_URL=" + server.owner_url()};
  options.timeout = patience;
  const auto feedctl_run = [&](std::vector<std::string> words) {
    auto done = run_feedctl(words, options);
    INFO(done.out << done.err);
    REQUIRE(done.exit_code == 0);
    return done.out;
  };
  const auto create_users = [&](const std::string& name, int n) {
    for (int i = 0; i < n; ++i)
      feedctl_run({"users", "create", "--handle", name + std::to_string(i)});
  };
  create_users("kept", 1);
  server.stop();
  server.save_copy();
  server.start();
  create_users("lost", 4);
  const auto position =
      last_position(feedctl_run({"events", "tail", "--from", "start", "--once", "-o", "jsonl"}));
  const auto lost_event = server.execute("SELECT max(id) FROM events");
  advance_xids(server, 3000);
  const auto lost = next_xid(server);
  server.stop();
  server.restore_copy();
  server.start();

  feedctl_run({"events", "adopt", "--past", lost, "--dry-run"});
  CHECK(std::stoll(next_xid(server)) < std::stoll(lost));
  feedctl_run({"events", "adopt", "--past", lost});
  CHECK(std::stoll(next_xid(server)) > std::stoll(lost));
  create_users("fresh", 3);
  CHECK(server.execute("SELECT min(id) > " + lost_event +
                       " FROM events WHERE actor IN (SELECT id FROM users WHERE handle LIKE "
                       "'fresh%')") == "t");
  const auto lines = feedctl_run({"events", "tail", "--from", position, "--once", "-o", "jsonl"});
  CHECK(count(lines, "UserCreated") == 3);
  // Nothing is left to do, and the sequences stay.
  const auto sequence = server.execute("SELECT last_value FROM event_id_sequence");
  feedctl_run({"events", "adopt", "--past", lost});
  CHECK(server.execute("SELECT last_value FROM event_id_sequence") == sequence);
}

TEST_CASE("a transaction id that is none, or far ahead, is refused") {
  PrivatePostgres server;
  RunOptions options;
  options.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=" + server.url(),
                         "FEEDCTL_DATABASE_OWNER_URL=" + server.owner_url()};
  const auto before = next_xid(server);
  for (const std::string id : {"", "-1", "12x", "0x10", "99999999999999999999", "9000000000000"}) {
    const auto refused = run_feedctl({"events", "adopt", "--past", id}, options);
    INFO(id << ": " << refused.out << refused.err);
    CHECK(refused.exit_code == 64);
    CHECK(contains(refused.err, "hint: "));
  }
  CHECK(run_feedctl({"events", "adopt", "--past", "5", "--keep-positions"}, options).exit_code ==
        64);
  CHECK(next_xid(server) == before);
}
