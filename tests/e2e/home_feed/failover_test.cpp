// The database that serve follows is put back to an older copy, or its address leads to a standby
// for a while.
#include "dev_servers/child_process.hpp"
#include "dev_servers/pg_admin.hpp"
#include "e2e/home_feed/home_feed_cluster.hpp"
#include "store/database.hpp"
#include "support/own_postgres.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

const support::Settings settings =
    support::with_product_timeouts({{"server.secret_key", "the same key for all of the test"}});

// Answers by the definition alone.
support::Settings without_index() {
  auto all = settings;
  all["feed.index"] = "off";
  all["feed.materialize"] = "off";
  return all;
}

// The database may be away at first.
std::int64_t post_with_retry(const HttpClient& http, std::int64_t author) {
  std::int64_t id = 0;
  const auto posts = [&] {
    const auto answer = http.post("/v1/posts", R"({"text":"x"})", HomeFeedCluster::as_user(author));
    if (answer.status == 201) id = integer_member(parse_body(answer), "id");
    return answer.status == 201;
  };
  REQUIRE(eventually(30s, posts));
  return id;
}

bool wait_for_feed(const HttpClient& http, std::int64_t user, const std::string& feed) {
  return eventually(20s, [&] { return HomeFeedCluster::fetch_all_pages(http, user, 20) == feed; });
}

// A copy of a running PostgreSQL that follows it.
class StandbyServer {
 public:
  explicit StandbyServer(const support::PrivatePostgres& primary)
      : account_(dev_servers::server_account()) {
    dev_servers::make_private_dir(sockets(), account_);
    const auto programs =
        std::filesystem::canonical(dev_servers::find_postgres_bin_dir() / "postgres").parent_path();
    dev_servers::Command copy;
    copy.argv = {programs / "pg_basebackup",
                 "-h",
                 primary.socket_dir(),
                 "-U",
                 "postgres",
                 "-D",
                 data(),
                 "-R",
                 "-c",
                 "fast"};
    copy.account = account_;
    copy.working_dir = "/";
    dev_servers::make_private_dir(data(), account_);
    const auto done = dev_servers::run(std::move(copy), 5min);
    INFO(done.output);
    REQUIRE(done.status.code == 0);
    dev_servers::Command run;
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
    run.working_dir = "/";
    run.log_file = folder_.path() / "log";
    run.death_signal = SIGQUIT;
    server_.emplace(run);
  }
  ~StandbyServer() { server_->stop(SIGQUIT, 10s); }
  StandbyServer(const StandbyServer&) = delete;
  StandbyServer& operator=(const StandbyServer&) = delete;

  std::filesystem::path sockets() const { return folder_.path() / "run"; }
  // Whether it holds all that the primary has now.
  bool follows(const support::PrivatePostgres& primary) const {
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
    return dev_servers::execute(dev_servers::socket_url("postgres", "feedctl", sockets()), sql);
  }

 private:
  std::filesystem::path data() const { return folder_.path() / "data"; }

  const std::optional<dev_servers::OsAccount> account_;
  support::TempFolder folder_{"feedctl-test-", support::server_data_root()};
  std::optional<dev_servers::ChildProcess> server_;
};

// An address that leads now here, now there; what is connected stays where it is.
class SwitchableAddress {
 public:
  void switch_to(const std::filesystem::path& sockets) const {
    std::filesystem::create_directory_symlink(sockets, folder_.path() / "next");
    std::filesystem::rename(folder_.path() / "next", folder_.path() / "now");
  }
  std::string url() const {
    return dev_servers::socket_url("feedctl_app", "feedctl", folder_.path() / "now");
  }

 private:
  support::TempFolder folder_;
};

// 200: an earlier attempt was carried out, and only its answer was lost.
bool is_liked(const support::HttpClient& http, std::int64_t user, std::int64_t post) {
  const auto status = HomeFeedCluster::like(http, user, post).status;
  return status == 200 || status == 201;
}

}  // namespace

TEST_CASE("a server whose database is restored to an older copy shows the contents of that copy") {
  support::PrivatePostgres postgres;
  support::ServerProcess serve(postgres.url(), settings);
  const auto http = serve.client();
  const auto ann = create_user(http, "ann"), me = create_user(http, "me");
  REQUIRE(eventually(20s, [&] { return HomeFeedCluster::is_index_ready(http); }));
  HomeFeedCluster::follow(http, me, ann);
  const auto kept = create_post(http, ann);
  postgres.stop();
  postgres.save_copy();
  postgres.start();
  std::vector<std::int64_t> lost;
  for (int i = 0; i < 3; ++i) lost.push_back(post_with_retry(http, ann));
  REQUIRE(eventually(20s, [&] { return is_liked(http, me, kept); }));
  REQUIRE(eventually(20s, [&] {
    return HomeFeedCluster::fetch_all_pages(http, me, 20).find(std::to_string(lost.back())) !=
           std::string::npos;
  }));
  postgres.stop();
  postgres.restore_copy();
  postgres.start();
  support::ServerProcess defines(postgres.url(), without_index());
  std::int64_t fresh = 0;
  for (int i = 0; i < 10; ++i)
    fresh = post_with_retry(http, ann);  // it has more than before by now
  const auto wanted = HomeFeedCluster::fetch_all_pages(defines.client(), me, 20);
  REQUIRE(wanted.find(std::to_string(fresh)) != std::string::npos);
  for (const auto id : lost) CHECK(wanted.find(std::to_string(id)) == std::string::npos);
  CHECK(wait_for_feed(http, me, wanted));
  const auto shown = HomeFeedCluster::pages_from_memory(http);
  CHECK(eventually(20s, [&] {
    CHECK(HomeFeedCluster::fetch_all_pages(http, me, 20) == wanted);
    return HomeFeedCluster::pages_from_memory(http) > shown;
  }));
}

TEST_CASE("an address that leads to a standby for a while costs neither posts nor later writes") {
  constexpr store::Query slow_post{
      "test/slow_post",
      "WITH post AS (INSERT INTO posts (author_id, shard, text) VALUES ($1::bigint, "
      "feedctl_shard($1), 'slow') RETURNING id), likes AS (INSERT INTO post_likes (post_id) SELECT "
      "id FROM post) INSERT INTO events (type, shard, actor, object) "
      "SELECT 5, feedctl_shard($1), $1, id FROM post RETURNING object"};
  support::PrivatePostgres postgres;
  const StandbyServer standby(postgres);
  const SwitchableAddress address;
  address.switch_to(postgres.socket_dir());
  support::ServerProcess serve(address.url(), settings),
      defines(postgres.superuser_url(), without_index());
  const auto http = serve.client();
  const auto ann = create_user(http, "ann"), me = create_user(http, "me");
  REQUIRE(eventually(20s, [&] { return HomeFeedCluster::is_index_ready(http); }));
  HomeFeedCluster::follow(http, me, ann);
  const auto first = create_post(http, ann);
  REQUIRE(wait_for_feed(http, me, HomeFeedCluster::fetch_all_pages(defines.client(), me, 20)));

  store::Options options;
  options.url = Secret<std::string>(postgres.superuser_url());
  options.idle_in_transaction_timeout = 0ms;
  store::Database database(options);
  std::int64_t slow = 0;
  {
    // It is running on the primary, and its id is below others: a standby cannot tell.
    auto running = database.write();
    slow = running.query(slow_post, store::params(ann)).single_row().integer(0);
    postgres.execute("CREATE TABLE others ()");
    postgres.execute("CREATE TABLE more_others ()");
    REQUIRE(standby.follows(postgres));
    address.switch_to(standby.sockets());
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'feedctl_app'");
    // All that the log's reader would have to do there is to connect and to read once.
    const auto connected = [&] {
      return std::stoi(standby.execute(
                 "SELECT count(*) FROM pg_stat_activity WHERE usename = 'feedctl_app'")) > 0;
    };
    REQUIRE(eventually(20s, [&] {
      CHECK(HomeFeedCluster::like(http, me, first).status == 503);
      return connected();
    }));
    std::this_thread::sleep_for(2s);
    CHECK(HomeFeedCluster::feed(http, me).status == 200);
    running.commit();
  }
  address.switch_to(postgres.socket_dir());
  const auto last = post_with_retry(http, ann);
  REQUIRE(eventually(20s, [&] { return is_liked(http, me, first); }));
  HomeFeedCluster::follow(http, ann, me);
  const auto wanted = HomeFeedCluster::fetch_all_pages(defines.client(), me, 20);
  REQUIRE(wanted.find(std::to_string(slow)) != std::string::npos);
  REQUIRE(wanted.find(std::to_string(last)) != std::string::npos);
  CHECK(wait_for_feed(http, me, wanted));
}
