// The database that serve follows is put back to an older copy, or its address leads to a standby
// for a while.
#include "home/town.hpp"
#include "localstack/child.hpp"
#include "localstack/pg_admin.hpp"
#include "store/database.hpp"
#include "support/own_postgres.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

const support::Settings settings{{"server.secret_key", "the same key for all of the test"}};

// Answers by the definition alone.
support::Settings defining() {
  auto all = settings;
  all["feed.index"] = "off";
  all["feed.materialize"] = "off";
  return all;
}

// The database may be away at first.
std::int64_t post_at_last(const HttpClient& http, std::int64_t author) {
  std::int64_t id = 0;
  const auto posts = [&] {
    const auto answer = http.post("/v1/posts", R"({"text":"x"})", Town::as(author));
    if (answer.status == 201) id = number(parsed(answer), "id");
    return answer.status == 201;
  };
  REQUIRE(eventually(30s, posts));
  return id;
}

bool comes_to_be(const HttpClient& http, std::int64_t user, const std::string& feed) {
  return eventually(20s, [&] { return Town::whole(http, user, 20) == feed; });
}

// A copy of a running PostgreSQL that follows it.
class Standby {
 public:
  explicit Standby(const support::OwnPostgres& primary) : account_(localstack::server_account()) {
    localstack::make_private_folder(sockets(), account_);
    const auto programs =
        std::filesystem::canonical(localstack::find_postgres() / "postgres").parent_path();
    localstack::Command copy;
    copy.argv = {programs / "pg_basebackup",
                 "-h",
                 primary.sockets(),
                 "-U",
                 "postgres",
                 "-D",
                 data(),
                 "-R",
                 "-c",
                 "fast"};
    copy.account = account_;
    copy.folder = "/";
    localstack::make_private_folder(data(), account_);
    const auto done = localstack::run(std::move(copy), 60s);
    INFO(done.output);
    REQUIRE(done.exit.code == 0);
    localstack::Command run;
    run.argv = {programs / "postgres",
                "-D",
                data(),
                "-c",
                "listen_addresses=",
                "-c",
                "unix_socket_directories=" + sockets().string(),
                "-c",
                "max_connections=200"};
    run.account = account_;
    run.folder = "/";
    run.log = folder_.path() / "log";
    run.death_signal = SIGQUIT;
    server_.emplace(run);
  }
  ~Standby() { server_->stop(SIGQUIT, 10s); }
  Standby(const Standby&) = delete;
  Standby& operator=(const Standby&) = delete;

  std::filesystem::path sockets() const { return folder_.path() / "run"; }
  // Whether it holds all that the primary has now.
  bool follows(const support::OwnPostgres& primary) const {
    const auto end = primary.execute("SELECT pg_current_wal_flush_lsn()");
    return eventually(30s, [&] {
      try {
        return execute("SELECT pg_last_wal_replay_lsn() >= '" + end + "'") == "t";
      } catch (const Error&) {
        return false;  // it is about to start
      }
    });
  }
  std::string execute(const std::string& sql) const {
    return localstack::execute(localstack::socket_url("postgres", "feedctl", sockets()), sql);
  }

 private:
  std::filesystem::path data() const { return folder_.path() / "data"; }

  const std::optional<localstack::Account> account_;
  support::TempFolder folder_;
  std::optional<localstack::Child> server_;
};

// An address that leads now here, now there; what is connected stays where it is.
class Address {
 public:
  void lead_to(const std::filesystem::path& sockets) const {
    std::filesystem::create_directory_symlink(sockets, folder_.path() / "next");
    std::filesystem::rename(folder_.path() / "next", folder_.path() / "now");
  }
  std::string url() const {
    return localstack::socket_url("feedctl_app", "feedctl", folder_.path() / "now");
  }

 private:
  support::TempFolder folder_;
};

}  // namespace

TEST_CASE("a serve whose database is put back to an older copy shows what that holds") {
  support::OwnPostgres postgres;
  support::Serve serve(postgres.url(), settings);
  const auto http = serve.client();
  const auto ann = create_user(http, "ann"), me = create_user(http, "me");
  REQUIRE(eventually(20s, [&] { return Town::ready(http); }));
  Town::follow(http, me, ann);
  const auto kept = create_post(http, ann);
  postgres.stop();
  postgres.keep_copy();
  postgres.start();
  std::vector<std::int64_t> lost;
  for (int i = 0; i < 3; ++i) lost.push_back(post_at_last(http, ann));
  REQUIRE(eventually(20s, [&] { return Town::like(http, me, kept).status == 201; }));
  REQUIRE(eventually(20s, [&] {
    return Town::whole(http, me, 20).find(std::to_string(lost.back())) != std::string::npos;
  }));
  postgres.stop();
  postgres.put_copy_back();
  postgres.start();
  support::Serve defines(postgres.url(), defining());
  std::int64_t fresh = 0;
  for (int i = 0; i < 10; ++i) fresh = post_at_last(http, ann);  // it has more than before by now
  const auto wanted = Town::whole(defines.client(), me, 20);
  REQUIRE(wanted.find(std::to_string(fresh)) != std::string::npos);
  for (const auto id : lost) CHECK(wanted.find(std::to_string(id)) == std::string::npos);
  CHECK(comes_to_be(http, me, wanted));
  const auto shown = Town::from_memory(http);
  CHECK(eventually(20s, [&] {
    CHECK(Town::whole(http, me, 20) == wanted);
    return Town::from_memory(http) > shown;
  }));
}

TEST_CASE("an address that leads to a standby for a while costs neither posts nor later writes") {
  constexpr store::Query slow_post{
      "test/slow_post",
      "WITH post AS (INSERT INTO posts (author_id, shard, text) VALUES ($1::bigint, "
      "feedctl_shard($1), 'slow') RETURNING id), likes AS (INSERT INTO post_likes (post_id) SELECT "
      "id FROM post) INSERT INTO events (type, shard, actor, object) "
      "SELECT 5, feedctl_shard($1), $1, id FROM post RETURNING object"};
  support::OwnPostgres postgres;
  const Standby standby(postgres);
  const Address address;
  address.lead_to(postgres.sockets());
  support::Serve serve(address.url(), settings), defines(postgres.superuser_url(), defining());
  const auto http = serve.client();
  const auto ann = create_user(http, "ann"), me = create_user(http, "me");
  REQUIRE(eventually(20s, [&] { return Town::ready(http); }));
  Town::follow(http, me, ann);
  const auto first = create_post(http, ann);
  REQUIRE(comes_to_be(http, me, Town::whole(defines.client(), me, 20)));

  store::Options options;
  options.url = Secret<std::string>(postgres.superuser_url());
  options.idle_in_transaction_timeout = 0ms;
  store::Database database(options);
  std::int64_t slow = 0;
  {
    // It is running on the primary, and its id is below others: a standby cannot tell.
    auto running = database.write();
    slow = running.query(slow_post, store::params(ann)).only().integer(0);
    postgres.execute("CREATE TABLE others ()");
    postgres.execute("CREATE TABLE more_others ()");
    REQUIRE(standby.follows(postgres));
    address.lead_to(standby.sockets());
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'feedctl_app'");
    // All that the log's reader would have to do there is to connect and to read once.
    const auto connected = [&] {
      return std::stoi(standby.execute(
                 "SELECT count(*) FROM pg_stat_activity WHERE usename = 'feedctl_app'")) > 0;
    };
    REQUIRE(eventually(20s, [&] {
      CHECK(Town::like(http, me, first).status == 503);
      return connected();
    }));
    std::this_thread::sleep_for(2s);
    CHECK(Town::feed(http, me).status == 200);
    running.commit();
  }
  address.lead_to(postgres.sockets());
  const auto last = post_at_last(http, ann);
  REQUIRE(eventually(20s, [&] { return Town::like(http, me, first).status == 201; }));
  Town::follow(http, ann, me);
  const auto wanted = Town::whole(defines.client(), me, 20);
  REQUIRE(wanted.find(std::to_string(slow)) != std::string::npos);
  REQUIRE(wanted.find(std::to_string(last)) != std::string::npos);
  CHECK(comes_to_be(http, me, wanted));
}
