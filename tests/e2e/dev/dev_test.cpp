// `feedctl dev` as a person starts it: one command, one process tree, one Ctrl-C.
#include <signal.h>

#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <thread>

#include "base/json.hpp"
#include "base/time.hpp"
#include "e2e/dev/dev_fixture.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "support/http_client.hpp"
#include "support/json.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"

namespace feedctl {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using support::BackgroundProcess;
using support::eventually;
using support::HttpClient;

// The words of the line that begins with `start`, without their commas.
std::set<std::string> words_after(const std::string& text, const std::string& start) {
  const auto at = text.find(start);
  if (at == std::string::npos) return {};
  std::istringstream line(text.substr(at, text.find('\n', at) - at));
  std::set<std::string> words;
  for (std::string word; line >> word;) words.insert(word.substr(0, word.find(',')));
  return words;
}

bool ready(const HttpClient& http) {
  return http.get("/health/ready").status == 200;
}

}  // namespace

TEST_CASE("dev starts a small world in which a followed author's post and a like are visible") {
  const StateFolder state;
  const int port = support::free_port();
  const auto dev = start_dev(state.path(), port);
  const HttpClient http(port);

  const auto seeded = http.get("/v1/feed/hot?limit=3");
  REQUIRE(seeded.status == 200);
  CHECK(support::list_in(seeded, "posts").size() == 3);

  const auto reader =
      std::to_string(support::integer_in(http.post("/v1/users", R"({"handle":"reader"})"), "id"));
  const auto author =
      std::to_string(support::integer_in(http.post("/v1/users", R"({"handle":"author"})"), "id"));
  const support::HttpHeaders as_reader{{"X-User-Id", reader}};
  CHECK(http.post("/v1/users/" + author + "/follow", "", as_reader).status == 200);
  const auto post = http.post("/v1/posts", R"({"text":"hello"})", {{"X-User-Id", author}});
  REQUIRE(post.status == 201);
  const auto id = std::to_string(support::integer_in(post, "id"));
  CHECK(http.get("/v1/feed", as_reader).body.find(id) != std::string::npos);
  CHECK(http.post("/v1/likes", "{\"post_id\":" + id + "}", as_reader).status == 201);
  CHECK(eventually(
      [&] { return http.get("/v1/feed/hot?limit=100").body.find(id) != std::string::npos; }));

  const auto config = (state.path() / "feedctl.yaml").string();
  CHECK(support::run_feedctl({"migrate", "status", "--config", config}).exit_code == 0);
}

TEST_CASE("dev flushes views: they are shown without a command") {
  const StateFolder state;
  const int port = support::free_port();
  const auto dev = start_dev(state.path(), port);
  CHECK(child_named(dev->pid(), "feedctl flush-views") != 0);
  const HttpClient http(port);
  const auto user = [&](const std::string& handle) {
    return std::to_string(
        support::integer_in(http.post("/v1/users", "{\"handle\":\"" + handle + "\"}"), "id"));
  };
  const auto author = user("author"), viewer = user("viewer");
  const auto post = http.post("/v1/posts", R"({"text":"hello"})", {{"X-User-Id", author}});
  REQUIRE(post.status == 201);
  const auto id = std::to_string(support::integer_in(post, "id"));
  const auto viewed = http.post("/posts/view", "{\"postId\":" + id + "}", {{"X-User-Id", viewer}});
  REQUIRE(viewed.status == 200);
  CHECK(support::integer_in(viewed, "viewsCount") == 1);
  CHECK(eventually(
      [&] { return support::integer_in(http.get("/v1/posts/" + id), "view_count") == 1; }));
}

TEST_CASE("dev accepts requests of any origin, but only under local host names") {
  const StateFolder state;
  const int port = support::free_port();
  const auto dev = start_dev(state.path(), port, {"--no-redis"});
  const HttpClient http(port);
  const auto answer = http.get("/v1/feed/hot", {{"Origin", "http://page.example"}});
  CHECK(answer.status == 200);
  CHECK(answer.header("access-control-allow-origin") == "*");
  for (const std::string host : {"localhost", "127.0.0.1", "[::1]"}) {
    INFO(host);
    const auto with_port = host + ":" + std::to_string(port);
    CHECK(http.get("/v1/feed/hot", {{"Host", with_port}}).status == 200);
    CHECK(http.get("/v1/feed/hot", {{"Host", host}}).status == 200);
  }
  // A foreign page whose name was made to resolve to this machine.
  CHECK(http.get("/v1/feed/hot", {{"Host", "rebound.example:" + std::to_string(port)}}).status ==
        421);
}

TEST_CASE(
    "dev ignores server addresses and settings of its environment, and names what it ignores") {
  const support::FreshDatabase other(support::FreshDatabase::Schema::empty);
  const StateFolder state;
  const support::TempFolder caller;
  // As systemd hands them over: only their owner may read them.
  for (const std::string key : {"database.url", "database.owner_url"}) {
    const auto file = caller.write(key, other.owner_url().reveal());
    fs::permissions(file, fs::perms::owner_read);
  }
  support::RunOptions options;
  options.environment = {"CREDENTIALS_DIRECTORY=" + caller.path().string(),
                         "CORS_ALLOWED_ORIGINS=no origin",
                         "RABBITMQ_URL=nonsense",
                         "FEEDCTL_AUTH_MODE=required",
                         "FEEDCTL_DATABASE_URL=" + other.owner_url().reveal(),
                         "DATABASE_URL=nonsense",
                         "REDIS_PORT=nonsense",
                         "DB_HOST=192.0.2.1",
                         "PGPORT=1",
                         "PGHOSTADDR=192.0.2.1",
                         "PGSERVICE=nowhere",
                         "PGOPTIONS=-c nonsense=1",
                         "LISTEN_FDS=nonsense",
                         "NOTIFY_SOCKET=/nowhere",
                         "FEEDCTL_LOG_LEVEL=info",
                         "UNRELATED=secret"};
  const int port = support::free_port();
  const auto dev = start_dev(state.path(), port, {}, options);
  const HttpClient http(port);
  const auto author =
      std::to_string(support::integer_in(http.post("/v1/users", R"({"handle":"author"})"), "id"));
  CHECK(http.post("/v1/posts", R"({"text":"hello"})", {{"X-User-Id", author}}).status == 201);
  CHECK(other.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0");

  const auto said = dev->output();
  INFO(said);
  CHECK(said.find("used from the environment: FEEDCTL_LOG_LEVEL\n") != std::string::npos);
  // The suite's own variables, such as FEEDCTL_BINARY, may stand among them.
  const auto ignored = words_after(said, "ignored in the environment");
  for (const std::string name :
       {"CORS_ALLOWED_ORIGINS", "CREDENTIALS_DIRECTORY", "DATABASE_URL", "DB_HOST",
        "FEEDCTL_AUTH_MODE", "FEEDCTL_DATABASE_URL", "LISTEN_FDS", "NOTIFY_SOCKET", "PGHOSTADDR",
        "PGOPTIONS", "PGPORT", "PGSERVICE", "RABBITMQ_URL", "REDIS_PORT"}) {
    INFO(name);
    CHECK(ignored.count(name) == 1);
  }
  CHECK(said.find("feedctl dev --auth required") != std::string::npos);
  CHECK(ignored.count("FEEDCTL_LOG_LEVEL") == 0);
  CHECK(ignored.count("UNRELATED") == 0);
  CHECK(said.find("secret") == std::string::npos);
  CHECK(said.find(other.owner_url().reveal()) == std::string::npos);
}

TEST_CASE("dev starts with no environment at all, and finds the servers' programs itself") {
  const StateFolder state;
  const int port = support::free_port();
  auto argv = dev_command(state.path(), port);
  argv.insert(argv.begin(), {"/usr/bin/env", "-i"});
  const Dev dev(new BackgroundProcess(argv));
  const bool came = dev->wait_for_line("Ctrl-C ends it", milliseconds{300'000}).has_value();
  INFO(dev->output());
  CHECK(came);
  CHECK(dev->output().find("environment") == std::string::npos);
}

TEST_CASE("doctor accepts the log size limit that dev configures for its database") {
  const StateFolder state;
  const auto dev = start_dev(state.path(), support::free_port(), {"--no-redis"});
  const auto config = (state.path() / "feedctl.yaml").string();
  const auto doctor = support::run_feedctl({"doctor", "--config", config, "-o", "json"});
  INFO(doctor.out << doctor.err);
  CHECK(doctor.out.find("max_wal_size is ") != std::string::npos);
  CHECK(doctor.out.find("checkpoints follow one another") == std::string::npos);
}

TEST_CASE("dev --fresh does not touch a folder that it did not create") {
  const StateFolder state;
  fs::create_directory(state.path() / "log");
  const auto precious = state.path() / "log" / "precious";
  std::ofstream(precious) << "kept";
  auto command = dev_command(state.path(), support::free_port());
  command.emplace_back("--fresh");
  support::RunOptions bounded;
  bounded.timeout = milliseconds{120'000};
  const auto refused = support::run(command, bounded);
  CHECK(refused.exit_code == 64);
  CHECK(refused.err.find("holds files, and not the data of earlier runs") != std::string::npos);
  CHECK(support::read_file(precious) == "kept");
}

TEST_CASE("dev --profile loads that world at the first start, and says that data stay later") {
  const StateFolder state;
  const int port = support::free_port();
  {
    const auto dev = start_dev(state.path(), port, {"--profile", "medium"});
    CHECK(dev->output().find("loading sample data") != std::string::npos);
    const auto page = HttpClient(port).get("/v1/feed/hot?limit=5");
    REQUIRE(page.status == 200);
    CHECK(support::list_in(page, "posts").size() == 5);
    dev->signal(SIGTERM);
    CHECK(dev->wait(milliseconds{150'000}) == 0);
  }
  const auto again = start_dev(state.path(), port, {"--profile", "million"});
  CHECK(again->output().find("--profile million applies to an empty database only") !=
        std::string::npos);
}

TEST_CASE("dev restarts any killed child, and the data are kept") {
  const StateFolder state;
  const int port = support::free_port();
  const auto dev = start_dev(state.path(), port);
  const HttpClient http(port);
  const auto user = support::integer_in(http.post("/v1/users", R"({"handle":"keeper"})"), "id");
  for (const std::string name :
       {"feedctl serve", "feedctl flush-views", "postgres", "redis-server"}) {
    INFO(name);
    const pid_t before = child_named(dev->pid(), name);
    REQUIRE(before != 0);
    REQUIRE(::kill(before, SIGKILL) == 0);
    REQUIRE(eventually([&] {
      const pid_t now = child_named(dev->pid(), name);
      return now != 0 && now != before;
    }));
    CHECK(eventually([&] {
      return ready(http) && http.get("/v1/users/" + std::to_string(user)).status == 200;
    }));
  }
}

TEST_CASE("one signal ends every process that dev started, and the data stay") {
  const StateFolder state;
  const int port = support::free_port();
  std::int64_t user = 0;
  for (const int signal : {SIGINT, SIGTERM}) {
    const auto dev = start_dev(state.path(), port);
    const HttpClient http(port);
    if (user == 0)
      user = support::integer_in(http.post("/v1/users", R"({"handle":"stays"})"), "id");
    CHECK(http.get("/v1/users/" + std::to_string(user)).status == 200);
    const auto family = descendants(dev->pid());
    CHECK(family.size() >= 3);
    dev->signal(signal);
    CHECK(dev->wait(milliseconds{150'000}) == 0);
    for (const auto& [pid, line] : family) {
      INFO(line);
      CHECK(eventually(milliseconds{2000}, [p = pid] { return dev_servers::has_ended(p); }));
    }
  }
  const auto image = state.path() / "media" / "image";
  std::ofstream(image) << "kept until now";
  const auto fresh = start_dev(state.path(), port, {"--fresh"});
  CHECK_FALSE(fs::exists(image));
  CHECK(HttpClient(port).get("/v1/users/" + std::to_string(user)).status == 404);
}

TEST_CASE("a second signal ends dev without waiting for a hung child") {
  const StateFolder state;
  const auto dev = start_dev(state.path(), support::free_port());
  const auto family = descendants(dev->pid());
  REQUIRE(::kill(child_named(dev->pid(), "feedctl serve"), SIGSTOP) == 0);
  dev->signal(SIGTERM);
  CHECK_FALSE(dev->wait(milliseconds{1500}));
  dev->signal(SIGTERM);
  CHECK(dev->wait(milliseconds{25'000}) == 143);
  for (const auto& [pid, line] : family) {
    INFO(line);
    CHECK(eventually(milliseconds{2000}, [p = pid] { return dev_servers::has_ended(p); }));
  }
}

TEST_CASE("every command line that dev suggests works as printed") {
  const StateFolder state;
  const auto dev = start_dev(state.path(), support::free_port());
  std::istringstream output(dev->output());
  int lines = 0;
  for (std::string line; std::getline(output, line);) {
    if (line.find("  curl ") != 0) continue;
    ++lines;
    const auto result = support::run({"sh", "-c", line + " --fail-with-body"});
    INFO(line << '\n' << result.out);
    CHECK(result.exit_code == 0);
    if (line.find("/v1/feed?") != std::string::npos) {
      CHECK(result.out.find("hello from") != std::string::npos);
    }
    if (line.find("/photo.jpg") != std::string::npos) {
      CHECK(result.out.find("\"image\":{") != std::string::npos);
      CHECK_FALSE(fs::is_empty(state.path() / "media"));
    }
  }
  CHECK(lines == expected_curl_lines(dev->output()));
}

TEST_CASE("a killed dev leaves no process behind and its folder can be used again") {
  const StateFolder state;
  const int port = support::free_port();
  std::map<pid_t, std::string> family;
  {
    const auto dev = start_dev(state.path(), port);
    family = descendants(dev->pid());
    dev->signal(SIGKILL);
    CHECK(dev->wait(milliseconds{60'000}) == 137);
  }
  for (const auto& [pid, line] : family) {
    INFO(line);
    CHECK(eventually([p = pid] { return dev_servers::has_ended(p); }));
  }
  const auto again = start_dev(state.path(), port);
  CHECK(ready(HttpClient(port)));
}

TEST_CASE("a second dev in the same folder is told which process uses it") {
  const StateFolder state;
  const auto dev = start_dev(state.path(), support::free_port(), {"--no-redis"});
  CHECK(child_named(dev->pid(), "redis-server") == 0);
  const auto command = dev_command(state.path(), support::free_port());
  const auto second = support::run(command);
  CHECK(second.exit_code == 75);
  CHECK(second.err.find("another feedctl dev runs in " + state.path().string() + " (process " +
                        std::to_string(dev->pid()) + ")") != std::string::npos);
  const auto stop = support::run_feedctl({"dev", "--stop", "--state", state.path().string()});
  CHECK(stop.exit_code == 0);
  CHECK(dev->wait(milliseconds{150'000}) == 0);
}

TEST_CASE("a port in use is reported before anything is started") {
  const StateFolder state;
  const support::TempFolder other;
  const int port = support::free_port();
  const auto dev = start_dev(state.path(), port, {"--no-redis"});
  const auto second = support::run(dev_command(other.path(), port));
  CHECK(second.exit_code == 69);
  CHECK(second.err.find("port " + std::to_string(port) + " is not free") != std::string::npos);
  CHECK_FALSE(fs::exists(other.path() / "postgres"));
}

TEST_CASE("dev starts under a parent that ignores SIGCHLD") {
  const StateFolder state;
  auto argv = dev_command(state.path(), support::free_port());
  argv.push_back("--no-redis");
  argv.insert(argv.begin(), {"/usr/bin/env", "--ignore-signal=CHLD", "--block-signal=TERM"});
  const Dev dev(new BackgroundProcess(argv));
  const bool up = dev->wait_for_line("Ctrl-C ends it", milliseconds{300'000}).has_value();
  INFO(dev->output());
  REQUIRE(up);
  CHECK(dev->stop(milliseconds{60'000}) == 0);
}

}  // namespace feedctl
