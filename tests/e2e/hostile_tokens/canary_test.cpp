// No secret of the configuration or of a client stands in a log, a metric, an answer or a command
// line.
#include <map>
#include <optional>

#include "e2e/hostile_tokens/canaries.hpp"
#include "e2e/hostile_tokens/session.hpp"
#include "support/database_outage.hpp"
#include "support/eventually.hpp"
#include "support/redis_server.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::hostile;

namespace {

// The environment of a program whose every secret is a canary.
struct SecretEnvironment {
  explicit SecretEnvironment(const support::FreshDatabase& database, int redis_port) {
    const auto redis = [&](const std::string& place) {
      return "redis://:" + canaries.plant(place) + "@127.0.0.1:" + std::to_string(redis_port);
    };
    set("DATABASE_URL", database.url().reveal() + "&password=" + canaries.plant("database.url"));
    set("DATABASE_OWNER_URL",
        database.owner_url().reveal() + "&password=" + canaries.plant("database.owner_url"));
    set("REDIS_URL", redis("redis.url"));
    set("VIEWS_REDIS_URL", redis("views.redis_url"));
    set("BUS_RABBITMQ_URL",
        "amqp://feedctl:" + canaries.plant("bus.rabbitmq_url") + "@127.0.0.1:1/");
    set("SERVER_SECRET_KEY", canaries.plant("server.secret_key"));
    set("OIDC_DEAD_CLIENT_SECRET", canaries.plant("oidc.dead.client_secret"));
    set("OIDC_GONE_CLIENT_SECRET", canaries.plant("oidc.gone.client_secret"));
    run.environment.push_back("FEEDCTL_CONFIG");
  }
  void set(const std::string& name, const std::string& value) {
    run.environment.push_back("FEEDCTL_" + name + "=" + value);
  }

  Canaries canaries;
  support::RunOptions run;
};

// One provider of each kind; nobody listens at either.
const std::vector<std::string> settings{
    "auth.mode=required",
    "auth.public_url=http://127.0.0.1:8000",
    "oidc.dead.kind=github",
    "oidc.dead.client_id=us",
    "oidc.dead.authorize_url=http://127.0.0.1:1/authorize",
    "oidc.dead.token_url=http://127.0.0.1:1/token",
    "oidc.dead.api_url=http://127.0.0.1:1",
    "oidc.gone.kind=openid",
    "oidc.gone.client_id=us",
    "oidc.gone.issuer=http://127.0.0.1:1",
    "rate_limit.enabled=false",
    // No request is refused because the machine is busy.
    "database.statement_timeout=30s",
    "database.lock_timeout=30s",
    "server.queue_wait=10s",
    "server.queue_patience=60s",
    "log.level=debug",
    "log.format=json",
};

std::vector<std::string> with_settings(std::vector<std::string> arguments) {
  for (const auto& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
  return arguments;
}

std::vector<std::string> command_line(std::vector<std::string> arguments) {
  auto argv = with_settings(std::move(arguments));
  argv.insert(argv.begin(), support::feedctl_binary());
  return argv;
}

std::string file_of_process(pid_t pid, const std::string& name) {
  return support::read_file("/proc/" + std::to_string(pid) + "/" + name);
}

// Makes the keys that the database holds.
void migrate(const support::RunOptions& run) {
  const auto result = support::run_feedctl(with_settings({"migrate", "up"}), run);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
}

// A serve with canaries, and all that it has answered to those it refused.
class CanaryServer {
 public:
  CanaryServer() {
    migrate(secrets.run);
    redis.cli("CONFIG SET requirepass not-that-one");  // so that it refuses every canary
    process.emplace(command_line({"serve", "--port", std::to_string(port)}), secrets.run);
    REQUIRE(support::eventually([&] { return http.get("/health/ready").status == 200; }));
  }

  // An answer to whoever may not see a secret.
  HttpResponse ask(const std::string& method, const std::string& target,
                   const std::string& body = "", const HttpHeaders& headers = {}) {
    const auto answer = http.send(method, target, body, headers);
    shown += std::to_string(answer.status) + ' ' + answer.body + '\n';
    for (const auto& [name, value] : answer.headers) shown += name + ": " + value + '\n';
    return answer;
  }
  std::string user_token(const std::string& handle, const std::string& role) {
    const auto made = support::run_feedctl(
        with_settings({"users", "token", "--handle", handle, "--create", "--role", role}),
        secrets.run);
    INFO(made.err);
    REQUIRE(made.exit_code == 0);
    return made.out.substr(0, made.out.find('\n'));
  }

  support::FreshDatabase database;
  test::RedisServer redis;
  SecretEnvironment secrets{database, redis.port()};
  const int port = support::free_port();
  std::optional<support::BackgroundProcess> process;
  HttpClient http{port};
  std::string shown;
};

// Requests with secrets that are of no use, as if guessed, worn out or sent to the wrong place.
void send_bad_credentials(CanaryServer& server, const std::string& token) {
  auto& canaries = server.secrets.canaries;
  const auto json = [](const char* name, const std::string& value) {
    return "{\"" + std::string(name) + "\":\"" + value + "\"}";
  };
  server.ask("GET", "/v1/feed", "", bearer(canaries.plant("a bad bearer token")));
  server.ask("GET", "/v1/feed", "", bearer(canaries.plant("a bad JWT") + ".e30.e30"));
  server.ask("GET", "/v1/feed", "",
             {{"Authorization", "Basic " + canaries.plant("Basic credentials")}});
  server.ask("GET", "/v1/feed?access_token=" + canaries.plant("a token in the query"));
  server.ask("GET", "/v1/feed", "", {{"Cookie", "session=" + canaries.plant("a cookie")}});
  auto with_key = bearer(token);
  with_key.emplace_back("Idempotency-Key", canaries.plant("Idempotency-Key"));
  CHECK(server.ask("POST", "/v1/posts", "{}", with_key).status == 201);
  server.ask("POST", "/auth/refresh",
             json("refresh_token", "fr_" + canaries.plant("a bad refresh token")));
  server.ask("POST", "/auth/logout",
             json("refresh_token", "fr_" + canaries.plant("a refresh token at logout")));
  server.ask("POST", "/auth/token",
             R"({"code":")" + canaries.plant("a login code") + R"(","code_verifier":")" +
                 canaries.plant("a verifier") + "\"}");
  server.ask("GET",
             "/auth/callback/dead?code=" + canaries.plant("a provider's code") +
                 "&state=" + canaries.plant("a state"),
             "", {{"Cookie", "__Host-feedctl-login=" + canaries.plant("the login cookie")}});
  server.ask("GET", "/auth/callback/gone?error=" + canaries.plant("an error's text"));
}

// A sign-in up to the provider that does not answer, with the secrets of the server itself.
void begin_sign_ins(CanaryServer& server) {
  auto& canaries = server.secrets.canaries;
  server.ask("GET", "/auth/login/gone");  // which cannot even begin
  const auto begun = server.http.get("/auth/login/dead");
  REQUIRE(begun.status == 303);
  const auto url = begun.header("location");
  const auto at = url.find("state=");
  REQUIRE(at != std::string::npos);
  const auto state = url.substr(at + 6, url.find('&', at) - at - 6);
  const auto cookie = begun.header("set-cookie");
  const auto pair = cookie.substr(0, cookie.find(';'));
  canaries.add("a living state", state);
  canaries.add("a living login cookie", pair.substr(pair.find('=') + 1));
  canaries.add("a stored verifier",
               server.database.execute("SELECT code_verifier FROM login_attempts LIMIT 1"));
  const auto code = canaries.plant("a code for a provider that is down");
  const auto answer = server.ask("GET", "/auth/callback/dead?code=" + code + "&state=" + state, "",
                                 {{"Cookie", pair}});
  CHECK(answer.status == 503);
}

// Tokens that are good, then not any more.
void wear_out_a_session(CanaryServer& server) {
  auto& canaries = server.secrets.canaries;
  const auto user = server.database.execute("SELECT id FROM users WHERE handle = 'ada'");
  const auto session = sign_in(server.database, server.http, user);
  canaries.add("an access token", session.access_token.substr(session.access_token.rfind('.') + 1));
  canaries.add("a refresh token", session.refresh_token.substr(3));
  server.ask("GET", "/v1/feed", "", bearer(session.access_token));
  server.ask("GET", "/auth/sessions", "", bearer(session.access_token));
  const auto fresh = refresh(server.http, session.refresh_token);
  REQUIRE(fresh.status == 200);
  canaries.add("its successor", api::text_member(fresh, "refresh_token").substr(3));
  server.database.execute("UPDATE sessions SET rotated_at = rotated_at - interval '1 hour'");
  CHECK(server.ask("POST", "/auth/refresh", R"({"refresh_token":")" + session.refresh_token + "\"}")
            .status == 401);
  CHECK(server.ask("GET", "/v1/feed", "", bearer(session.access_token)).status == 401);
}

// Keys that the database holds.
void add_stored_keys(CanaryServer& server) {
  server.secrets.canaries.add(
      "the signing key", server.database.execute("SELECT jwk::jsonb ->> 'd' FROM signing_keys"));
  server.secrets.canaries.add(
      "the refresh pepper",
      server.database.execute("SELECT value FROM server_keys WHERE name = 'refresh_pepper'"));
}

std::string shown_by(const CanaryServer& server, const std::vector<std::string>& arguments) {
  const auto result = support::run_feedctl(with_settings(arguments), server.secrets.run);
  return result.out + result.err;
}

}  // namespace

TEST_CASE("no secret stands in a log, a metric, an answer, a report or a command line") {
  CanaryServer server;
  const auto root = server.user_token("root", "admin");
  server.secrets.canaries.add("a token of users token", root.substr(root.rfind('.') + 1));
  server.user_token("ada", "user");
  add_stored_keys(server);
  send_bad_credentials(server, root);
  begin_sign_ins(server);
  wear_out_a_session(server);
  for (const char* path : {"/metrics", "/debug/health", "/debug/metrics-summary", "/debug/config",
                           "/auth/providers", "/.well-known/jwks.json", "/"})
    server.ask("GET", path, "", bearer(root));
  {
    const support::DatabaseOutage outage(server.database);
    server.ask("GET", "/v1/users/1", "", bearer(root));
    server.ask("POST", "/auth/refresh", R"({"refresh_token":"fr_)" + std::string(64, 'A') + "\"}");
  }
  const auto& canaries = server.secrets.canaries;
  CHECK(canaries.size() >= 24);

  // The canaries are where the program needs them, and the places below are not empty.
  CHECK_FALSE(canaries.found_in(file_of_process(server.process->pid(), "environ")).empty());
  CHECK(server.shown.find("\"oidc.dead.client_secret\":{\"value\":\"****\"") != std::string::npos);
  CHECK(support::eventually([&] {
    return server.process->output().find("/auth/callback/{provider}") != std::string::npos;
  }));

  std::map<std::string, std::string> places{
      {"answers", server.shown},
      {"the command line", file_of_process(server.process->pid(), "cmdline")},
      {"config show", shown_by(server, {"config", "show", "--origin"})},
      {"config show as JSON", shown_by(server, {"config", "show", "-o", "json"})},
      {"config check", shown_by(server, {"config", "check"})},
      {"doctor", shown_by(server, {"doctor"})},
      {"keys list", shown_by(server, {"keys", "list", "-o", "json"})},
      {"users list", shown_by(server, {"users", "list", "-o", "json"})},
  };
  server.process->stop();
  places["the log"] = server.process->output();
  for (const auto& [place, text] : places) {
    INFO(place);
    CHECK_FALSE(text.empty());
    CHECK(canaries.found_in(text) == "");
  }
}

TEST_CASE("a worker that reaches neither its bus nor its Redis tells no password") {
  const support::FreshDatabase database;
  SecretEnvironment secrets(database, 1);
  migrate(secrets.run);
  const auto port = support::free_port();
  support::BackgroundProcess work(command_line({"work", "--set", "bus.kind=rabbitmq", "--set",
                                                "work.port=" + std::to_string(port)}),
                                  secrets.run);
  const HttpClient http(port);
  const std::string failed = "feedctl_bus_errors_total{carrier=\"rabbitmq\"} ";
  REQUIRE(support::eventually([&] {
    const auto now = http.get("/metrics").body;
    const auto at = now.find(failed);
    return at != std::string::npos && now[at + failed.size()] != '0';
  }));
  const auto metrics = http.get("/metrics").body, ready = http.get("/health/ready").body;
  const auto command = file_of_process(work.pid(), "cmdline");
  work.stop();
  for (const auto& text : {metrics, ready, command, work.output()})
    CHECK(secrets.canaries.found_in(text) == "");
}

TEST_CASE("a command that fails by its configuration or a server that is away tells no password") {
  Canaries canaries;
  const auto database = [&](const std::string& text) { return "FEEDCTL_DATABASE_URL=" + text; };
  const auto planted = [&](const std::string& place) { return canaries.plant(place); };
  const std::string environments[] = {
      database("postgresql://feedctl:" + planted("nobody listens") + "@127.0.0.1:1/x"),
      database("postgresql://feedctl:" + planted("a bad port") + "@127.0.0.1:99999/x"),
      database("host=127.0.0.1 port=1 password=" + planted("key=value")),
      database("host=127.0.0.1 port=1 password='" + planted("an open quote")),
      "FEEDCTL_REDIS_URL=http://:" + planted("a bad scheme") + "@127.0.0.1:1",
      "FEEDCTL_BUS_RABBITMQ_URL=amqp://u:" + planted("a bad vhost") + "@127.0.0.1:x/%zz",
  };
  for (const auto& variable : environments) {
    support::RunOptions run;
    run.environment = {variable, "FEEDCTL_CONFIG"};
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"users", "list"}, {"config", "show"}, {"config", "check"}, {"doctor"}}) {
      INFO(arguments.front());
      const auto result = support::run_feedctl(arguments, run);
      CHECK(canaries.found_in(result.out + result.err) == "");
    }
  }
}

TEST_CASE("a secret on the command line is refused, and the refusal does not repeat it") {
  Canaries canaries;
  for (const char* key : {"database.url", "database.owner_url", "redis.url", "views.redis_url",
                          "bus.rabbitmq_url", "server.secret_key", "oidc.google.client_secret"}) {
    INFO(key);
    const auto result = support::run_feedctl(
        {"config", "check", "--set", std::string(key) + "=" + canaries.plant(key)});
    CHECK(result.exit_code == 64);
    CHECK(result.err.find("never goes on a command line") != std::string::npos);
    CHECK(canaries.found_in(result.out + result.err) == "");
  }
}
