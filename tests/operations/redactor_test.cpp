// Masking of secrets in texts.
#include "operations/redactor.hpp"

#include "operations/secret_patterns.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using operations::Redactor;

namespace {

std::string redacted(const std::string& text) {
  return Redactor().redact(text);
}

}  // namespace

TEST_CASE("what looks like a secret is masked in every form of log and configuration") {
  // Each holds the planted text once or more; none may be left.
  const std::string s = "Pl4nted!S3cret";
  for (const auto& line : {
           "postgresql://app:" + s + "@db.example.org:5432/feedctl?sslmode=require",
           "redis://:" + s + "@10.0.0.5:6379/0",
           "amqp://user:with/slash:" + s + "@mq/%2f and more",
           "host=db user=app password=" + s + " dbname=x",
           "host=db password='" + s + "' dbname=x",
           "FEEDCTL_SERVER_SECRET_KEY=" + s,
           "  secret_key: " + s,
           "  secret_key: \"" + s + " with spaces\"",
           R"({"level":"info","client_secret":")" + s + R"(","status":200})",
           R"({"msg":"got {\"access_token\": \")" + s + R"(\", \"x\": 1}"})",
           "GET /cb?code=" + s + "&state=abc",
           "GET /file?X-Amz-Signature=" + s + "&x=1",
           "Authorization: Bearer " + s + "abc",
           "authorization: Basic " + s,
           "> Cookie: a=" + s + "; b=" + s,
           "Set-Cookie: sid=" + s + "; HttpOnly",
           "ALTER ROLE app PASSWORD '" + s + "'",
           "api_key => '" + s + "'",
           "--header 'X-Api-Key: " + s + "'",
       }) {
    INFO(line);
    const auto safe = redacted(line);
    INFO(safe);
    CHECK(safe.find("Pl4nted") == std::string::npos);
    CHECK(safe.find("****") != std::string::npos);
  }
}

TEST_CASE("tokens and keys of well-known forms are masked wherever they stand") {
  for (const auto& token : {"eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiIxIn0.c2lnbmF0dXJl-_abc",
                            "fr_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01",
                            "AKIAIOSFODNN7EXAMPLE", "ghp_0123456789abcdefghijABCDEFGHIJ012345",
                            "GOCSPX-0123456789abcdefghij"}) {
    CHECK(redacted(std::string("called with ") + token + " today") == "called with **** today");
  }
}

TEST_CASE("a private key is masked, over lines and within one") {
  CHECK(redacted(
            "a\n-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\nabcd\n-----END EC PRIVATE KEY-----\nb") ==
        "a\n-----BEGIN EC PRIVATE KEY-----****\n****\n****\n-----END EC PRIVATE KEY-----\nb");
  const auto one =
      redacted(R"(k "-----BEGIN PRIVATE KEY-----\nMHcC\n-----END PRIVATE KEY-----\n")");
  CHECK(one.find("MHcC") == std::string::npos);
  CHECK(redacted("-----BEGIN CERTIFICATE-----\nMHcC").find("MHcC") != std::string::npos);
}

TEST_CASE("what is no secret stays readable") {
  for (const auto& line : {
           "feedctl_token_refreshes_total{result=\"ok\"} 12",
           "auth.token_ttl: 10m",
           "{\"token_id\":17,\"expires_in\":600,\"key\":\"server.secret_key\",\"value\":\"****\"}",
           "http://127.0.0.1:8000/metrics: ready",
           "postgresql://app@db.example.org/feedctl",
           "basic checks of the bearer are done",
           "12:00:05 GET /v1/users/7@example 200",
           "password: null",
       }) {
    CHECK(redacted(line) == line);
  }
}

TEST_CASE("a secret that is known is masked in each form, a short one only as a word") {
  Redactor redactor;
  redactor.add_secret("a\"b\\c/d e-long");
  redactor.add_secret("feed");
  redactor.add_secret("abc");
  redactor.add_url("postgresql://app:p%40ss%2Fword-9@db/x");
  redactor.add_url("host=db password='it''s' dbname=x");
  const auto safe = redactor.redact(
      "raw a\"b\\c/d e-long json a\\\"b\\\\c/d e-long url a%22b%5Cc%2Fd%20e-long\n"
      "feedctl feed feeds abc p%40ss%2Fword-9 p@ss/word-9");
  CHECK(safe == "raw **** json **** url ****\nfeedctl **** feeds abc **** ****");
}

TEST_CASE("the configuration's and the environment's secrets are known") {
  config::Config config;
  config.database.url = Secret<std::string>("postgresql://app:dbpassword1@h/x");
  config.redis.url = Secret<std::string>("redis://:redispass-77@h");
  config.server.secret_key = Secret<std::string>("signing-key-0123456789");
  config.media.s3_secret = Secret<std::string>("s3secret/abc+def");
  config.oidc.provider("google").client_secret = Secret<std::string>("oidc-client-s3cret");
  Redactor redactor;
  redactor.add_config(config);
  redactor.add_environment({{"PGPASSWORD", "from-the-env-1"},
                            {"SOME_URL", "https://u:env-url-pass@h"},
                            {"HOME", "/home/someone"}});
  const auto safe = redactor.redact(
      "dbpassword1 redispass-77 signing-key-0123456789 s3secret/abc+def oidc-client-s3cret "
      "from-the-env-1 env-url-pass /home/someone");
  CHECK(safe == "**** **** **** **** **** **** **** /home/someone");
}

TEST_CASE("a line of megabytes, full of secrets, costs no more than its length") {
  std::string line;
  while (line.size() < (std::size_t{4} << 20))
    line += "token=abcdefgh bearer 0123456789 https://u:p@h eyJ0123456789abcdefghij ";
  Redactor redactor;
  redactor.add_secret("abcdefgh");
  // A quadratic pass would take hours: the test's own time-out is the limit.
  const auto safe = redactor.redact(line);
  CHECK(safe.find("0123456789") == std::string::npos);
  const auto urls = redactor.redact(std::string(std::size_t{1} << 20, ':') + "//" +
                                    std::string(std::size_t{1} << 20, '@'));
  CHECK_FALSE(urls.empty());
}

TEST_CASE("a short secret behind an escape is masked") {
  Redactor redactor;
  redactor.add_secret("hunter99");
  for (const char* line :
       {R"({"e":"line\nhunter99"})", "p%3Dhunter99", R"({"e":"\u0022hunter99"})"}) {
    INFO(line);
    CHECK(redactor.redact(line).find("hunter99") == std::string::npos);
  }
}

TEST_CASE("secrets that nobody has named are masked in each form") {
  const Redactor redactor;
  for (
      const char* line :
      {"feedctl login --password plainsecret", R"({"secrets":["plainsecret","b"]})",
       R"({"a":["x"],"tokens":["one","plainsecret"]})", "signing_key=plainsecret",
       "ALTER ROLE x PASSWORD E'plainsecret'",
       R"({"k":"-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----","l":"-----BEGIN PRIVATE KEY-----\nplainsecret\n-----END PRIVATE KEY-----"})"}) {
    INFO(line);
    CHECK(redactor.redact(line).find("plainsecret") == std::string::npos);
  }
  CHECK(redactor.redact("PWD=/var/lib/postgresql") == "PWD=/var/lib/postgresql");
}
