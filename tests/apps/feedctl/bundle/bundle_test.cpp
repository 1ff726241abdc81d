// feedctl bundle: what is in the archive, that no secret is, and that nothing that is down stops
// it.
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <map>

#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "support/json.hpp"
#include "support/process.hpp"
#include "support/scripted_server.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::support;
namespace fs = std::filesystem;

namespace {

struct Bundle {
  RunResult run;
  std::map<std::string, std::string> files;  // by their names below the archive's folder
  json::Value manifest;

  const std::string& file(const std::string& name) const {
    INFO(name);
    REQUIRE(files.count(name) == 1);
    return files.at(name);
  }
  // Why the part could not be had; "": it could.
  std::string problem(const std::string& name) const {
    for (const auto& part : items_of(member_in(manifest, "parts"))) {
      if (text_in(part, "file") == name) return text_or_null_in(part, "problem").value_or("");
    }
    return "not in the manifest";
  }
};

// Unpacked by tar, as whoever gets it does.
std::map<std::string, std::string> unpack(const fs::path& archive, const fs::path& folder) {
  fs::create_directory(folder);
  REQUIRE(run({"tar", "xzf", archive.string(), "-C", folder.string()}).exit_code == 0);
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const auto name = fs::relative(entry.path(), folder).string();
    files[name.substr(name.find('/') + 1)] = read_file(entry.path());
  }
  return files;
}

Bundle make_bundle(const TempFolder& folder, std::vector<std::string> arguments,
                   std::vector<std::string> environment) {
  const auto archive = folder.path() / "out.tar.gz";
  arguments.insert(arguments.begin(), {"bundle", "--file", archive.string()});
  RunOptions options;
  options.folder = folder.path();
  options.environment = std::move(environment);
  Bundle bundle;
  bundle.run = run_feedctl(arguments, options);
  INFO(bundle.run.out << bundle.run.err);
  REQUIRE(bundle.run.exit_code == 0);
  struct stat status {};
  REQUIRE(::stat(archive.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  bundle.files = unpack(archive, folder.path() / "unpacked");
  bundle.manifest = json::parse(bundle.file("manifest.json"));
  return bundle;
}

std::string url_of(int port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

}  // namespace

TEST_CASE("a bundle has configuration, findings, sizes, migrations, metrics and logs") {
  const FreshDatabase database;
  const ServerProcess server(database);
  const TempFolder folder;
  const auto log = folder.write("serve.log", "{\"msg\":\"hello from the log\"}\n");
  const auto bundle = make_bundle(
      folder, {"--url", url_of(server.port()), "--log", log.string()},
      {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
       "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal(), "FEEDCTL_CONFIG"});
  for (const auto* name : {"doctor.json", "stats.json", "migrations.json", "dead-letters.json",
                           "config.json", "config-check.json", "version.json", "top.json"}) {
    INFO(name);
    CHECK(bundle.problem(name) == "");
    CHECK_NOTHROW(json::parse(bundle.file(name)));
  }
  const auto server_folder = "servers/127.0.0.1_" + std::to_string(server.port()) + "/";
  CHECK(bundle.file(server_folder + "metrics.txt").find("feedctl_build_info") != std::string::npos);
  CHECK(bundle.file(server_folder + "ready.json").find("ok") != std::string::npos);
  CHECK(bundle.file(server_folder + "health.json").find("schema_version") != std::string::npos);
  CHECK(bundle.file("logs/serve.log").find("hello from the log") != std::string::npos);
  CHECK(bundle.file("config.json").find("FEEDCTL_DATABASE_URL") != std::string::npos);
  CHECK(bundle.file("environment.txt").find("FEEDCTL_DATABASE_URL\n") != std::string::npos);
  CHECK(bundle.file("machine.txt").find("Max open files") != std::string::npos);
  CHECK(bundle.file("machine.txt").find("MemTotal") != std::string::npos);
}

TEST_CASE("no secret that is planted anywhere is in the unpacked archive") {
  const std::string planted = "pl4nted";  // in each of them
  const FreshDatabase database;
  const TempFolder folder;
  // What a server says may quote a configuration, too.
  ScriptedServer server([&](ScriptedConnection& connection) {
    if (!connection.read_request()) return;
    connection.write(
        http_answer("feedctl_x{url=\"redis://:pl4nted-metrics@h\"} 1\n"
                    "{\"reason\":\"connect amqp://u:pl4nted-health@mq failed\","
                    "\"client_secret\":\"pl4nted-member\"}"));
  });
  folder.write("oidc.secret", "pl4nted-oidc-file\n");
  fs::permissions(folder.path() / "oidc.secret", fs::perms::owner_read);
  const auto config =
      folder.write("feedctl.yaml",
                   "redis:\n  url: redis://:pl4nted-redis@127.0.0.1:1/0\n"
                   "bus:\n  rabbitmq_url: amqp://user:pl4nted%2Frabbit@127.0.0.1:1/\n"
                   "server:\n  secret_key: pl4nted-signing-key-0123456789\n"
                   "media:\n  store: s3\n  s3_endpoint: http://127.0.0.1:1\n  s3_bucket: images\n"
                   "  s3_key: AKIAPL4NTEDEXAMPLE00\n  s3_secret: pl4nted/s3+secret=\n"
                   "auth:\n  public_url: https://feed.example.org\n"
                   "oidc:\n  google:\n    issuer: https://127.0.0.1:1\n    client_id: abc\n"
                   "    client_secret_file: oidc.secret\n");
  fs::permissions(config, fs::perms::owner_read);
  const auto log = folder.write(
      "work.log",
      "connect to postgresql://app:pl4nted-log-url@db/x failed\n"
      "{\"msg\":\"x\",\"refresh_token\":\"fr_pl4ntedpl4ntedpl4ntedpl4ntedpl4ntedpl4nted\"}\n"
      "Authorization: Bearer eyJpl4nted0123456789.eyJpl4nted0123456789.pl4nted-signature\n"
      "bare eyJpl4nted0123456789abcdef.eyJpl4nted0123456789.pl4nted-signature here\n"
      "the password is pl4nted-redis, and pl4nted/rabbit, and pl4nted%2Frabbit\n"
      "libpq: password=pl4nted-pairs host=h\n"
      "Cookie: session=pl4nted-cookie; other=pl4nted-cookie-2\n"
      "-----BEGIN PRIVATE KEY-----\npl4ntedkeybytes\n-----END PRIVATE KEY-----\n"
      "env PGPASSWORD pl4nted-pgpassword and pl4nted-deploy-token\n");
  const auto password = database.url().reveal();
  const auto at = password.find('@');
  REQUIRE(at != std::string::npos);
  const auto bundle = make_bundle(
      folder, {"--config", config.string(), "--log", log.string(), "--url", server.origin()},
      {"FEEDCTL_DATABASE_URL=" + password.substr(0, at) + ":pl4nted-database" + password.substr(at),
       "PGPASSWORD=pl4nted-pgpassword", "DEPLOY_TOKEN=pl4nted-deploy-token",
       "SOME_URL=https://ci:pl4nted-ci-url@git.example.org/", "FEEDCTL_CONFIG"});
  CHECK(bundle.files.size() > 10);
  CHECK(bundle.file("logs/work.log").find("****") != std::string::npos);
  for (const auto& [name, content] : bundle.files) {
    INFO(name);
    CHECK(content.find(planted) == std::string::npos);
    CHECK(content.find("PL4NTED") == std::string::npos);
  }
  CHECK((bundle.run.out + bundle.run.err).find(planted) == std::string::npos);
  // Masked, not left out.
  CHECK(bundle.problem("doctor.json") == "");
  CHECK(bundle.problem("stats.json") == "");
}

TEST_CASE("a bundle is made while PostgreSQL, Redis and the servers are down or hang") {
  ScriptedServer silent([](ScriptedConnection& connection) {
    while (connection.read_request()) {
    }
  });
  const TempFolder folder;
  const auto port = std::to_string(silent.port());
  SECTION("nobody listens") {
    const auto bundle = make_bundle(folder, {"--url", url_of(1)},
                                    {"FEEDCTL_DATABASE_URL=postgresql://app@127.0.0.1:1/x",
                                     "FEEDCTL_CONFIG", "FEEDCTL_REDIS_URL=redis://127.0.0.1:1"});
    CHECK(bundle.problem("stats.json") != "");
    CHECK(bundle.problem("servers/127.0.0.1_1/metrics.txt").find("cannot reach") == 0);
    CHECK(bundle.file("doctor.json").find("\"error\"") != std::string::npos);
    CHECK(bundle.problem("config.json") == "");
  }
  SECTION("they take connections, and never answer") {
    const auto bundle =
        make_bundle(folder, {"--url", silent.origin(), "--timeout", "2s"},
                    {"FEEDCTL_DATABASE_URL=postgresql://app@127.0.0.1:" + port +
                         "/x?connect_timeout=600&sslmode=disable&gssencmode=disable",
                     "FEEDCTL_DATABASE_CONNECT_TIMEOUT=1m", "FEEDCTL_CONFIG",
                     "FEEDCTL_REDIS_URL=redis://127.0.0.1:" + port});
    CHECK(bundle.problem("stats.json") == "did not end within 2000 ms");
    CHECK(bundle.problem("servers/127.0.0.1_" + port + "/ready.json") != "");
    CHECK(bundle.file("machine.txt").find("MemTotal") != std::string::npos);
  }
  SECTION("the configuration is wrong") {
    const auto bundle =
        make_bundle(folder, {"--url", url_of(1)}, {"FEEDCTL_SERVER_PORT=none", "FEEDCTL_CONFIG"});
    CHECK(bundle.file("config-check.json").find("FEEDCTL_SERVER_PORT") != std::string::npos);
    CHECK(bundle.problem("config.json") == "exit code 78");
  }
}

TEST_CASE("of a long log a bundle has the end, in whole lines") {
  const TempFolder folder;
  std::string text;
  for (int i = 0; text.size() < (std::size_t{5} << 20); ++i)
    text += "line " + std::to_string(i) + " of a log that is longer than what a bundle takes\n";
  const auto log = folder.write("long.log", text + "the last line\n");
  const auto packed = folder.write("old.log.gz", "\x1f\x8b\x08 and more");
  const auto bundle =
      make_bundle(folder,
                  {"--log", log.string(), "--log", packed.string(), "--log", folder.path().string(),
                   "--url", url_of(1)},
                  {"FEEDCTL_DATABASE_URL=postgresql://app@127.0.0.1:1/x", "FEEDCTL_CONFIG"});
  const auto& tail = bundle.file("logs/long.log");
  CHECK(tail.size() <= std::size_t{4} << 20);
  CHECK(tail.starts_with("line "));
  CHECK(tail.ends_with("the last line\n"));
  CHECK(bundle.problem("logs/old.log.gz").find("compressed") != std::string::npos);
  CHECK(bundle.problem("logs/" + folder.path().filename().string()).find("regular file") !=
        std::string::npos);
}

TEST_CASE("a bundle replaces no file, and leaves none when it is interrupted") {
  const TempFolder folder;
  const auto there = folder.write("there.tar.gz", "mine");
  const auto refused = run_feedctl({"bundle", "--file", there.string()});
  CHECK(refused.exit_code == 1);
  CHECK(refused.err.find("hint: ") != std::string::npos);
  CHECK(read_file(there) == "mine");
  CHECK(run_feedctl({"bundle", "--file", (folder.path() / "no/such/folder.tar.gz").string()})
            .exit_code == 1);

  ScriptedServer silent([](ScriptedConnection& connection) {
    while (connection.read_request()) {
    }
  });
  const auto file = folder.path() / "interrupted.tar.gz";
  RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=postgresql://app@127.0.0.1:1/x", "FEEDCTL_CONFIG"};
  BackgroundProcess bundle({feedctl_binary(), "bundle", "--file", file.string(), "--url",
                            silent.origin(), "--timeout", "30s"},
                           options);
  REQUIRE(eventually([&] { return silent.connections() > 0; }));
  bundle.signal(SIGINT);
  CHECK(bundle.wait(std::chrono::minutes{5}) == 130);
  CHECK_FALSE(fs::exists(file));
}
