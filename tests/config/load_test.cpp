#include "config/load.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/error.hpp"
#include "config/option_values.hpp"
#include "config/options.hpp"
#include "config/reference.hpp"
#include "config/yaml.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::config;

namespace {

// A folder of files of this test, removed at its end.
class ConfigFiles {
 public:
  ConfigFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "feedctl-config-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
  }
  ~ConfigFiles() { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const auto path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }

 private:
  std::filesystem::path folder_;
};

std::vector<FieldError> errors_of(const Sources& sources) {
  try {
    load(sources);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::config);
    return error.fields();
  }
  return {};
}

}  // namespace

TEST_CASE(
    "defaults are overridden by the file, the file by the environment, the environment by flags") {
  const ConfigFiles files;
  const auto path = files.write("f.yaml", "server: {port: 1, threads: 1, loops: 1}\n");
  Sources sources;
  sources.file = path;
  sources.environment = {{"FEEDCTL_SERVER_PORT", "2"}, {"FEEDCTL_SERVER_THREADS", "2"}};
  sources.flags = {{"--port", "server.port", "3"}};
  const auto loaded = load(sources);
  CHECK(loaded.config.server.port == 3);
  CHECK(loaded.config.server.threads == 2);
  CHECK(loaded.config.server.loops == 1);
  CHECK(loaded.config.server.host == "127.0.0.1");
  CHECK(loaded.origins.at("server.port").where == "--port");
  CHECK(loaded.origins.at("server.threads").kind == Origin::Kind::environment);
  CHECK(loaded.origins.at("server.loops").where == path + ":1:38");
  CHECK(loaded.origins.count("server.host") == 0);
}

TEST_CASE("every key can be set by file, environment and flag alike") {
  const ConfigFiles files;
  for (const auto& option : options()) {
    if (option.key == "media.s3_endpoint") continue;  // needs a bucket: media_test.cpp
    const Config standard;
    auto value = render(option, standard);
    if (value.empty())
      value = option.rule == "redis"           ? "redis://h"
              : option.rule == "rabbitmq"      ? "amqp://h"
              : option.rule == "networks"      ? "10.0.0.1"
              : option.rule == "origins"       ? "https://a.b"
              : option.rule == "hosts"         ? "a.b"
              : option.rule == "key"           ? "0123456789abcdef"
              : option.rule == "prefix"        ? "other:"
              : option.rule == "public url"    ? "https://a.b"
              : option.rule == "absolute path" ? "/a"
              : option.rule == "s3 endpoint"   ? "https://a.b"
              : option.rule == "s3 key"        ? "key"
              : option.rule == "s3 bucket"     ? "bucket"
                                               : "host=h";
    const auto section = std::string(section_of(option.key));
    const auto name = std::string(option.key.substr(section.size() + 1));
    Sources by_file;
    by_file.file = files.write("f.yaml", section + ":\n  " + name + ": \"" + value + "\"\n");
    Sources by_environment;
    by_environment.environment = {{env_name(option.key), value}};
    INFO(option.key);
    CHECK(render(option, load(by_file).config) == value);
    CHECK(load(by_file).origins.size() == 1);
    CHECK(render(option, load(by_environment).config) == value);
    Sources by_flag;
    by_flag.flags = {{"--set", std::string(option.key), value}};
    if (is_secret(option))
      CHECK(errors_of(by_flag).size() == 1);
    else
      CHECK(render(option, load(by_flag).config) == value);
  }
}

TEST_CASE("the example with every line uncommented equals the defaults") {
  std::string text;
  std::istringstream lines(example_yaml());
  for (std::string line; std::getline(lines, line);) {
    const bool key = line.rfind("  # ", 0) == 0 && line.find(": ") != std::string::npos &&
                     line.find(" (") == std::string::npos && line[4] != ' ';
    bool known = false;
    for (const auto& option : options()) {
      const auto name = std::string(option.key.substr(section_of(option.key).size() + 1));
      known = known || line.rfind("  # " + name + ": ", 0) == 0;
    }
    text += key && known ? "  " + line.substr(4) + "\n" : line + "\n";
  }
  const ConfigFiles files;
  Sources sources;
  sources.file = files.write("f.yaml", text);
  const auto loaded = load(sources);
  CHECK(loaded.origins.size() == options().size());
  for (const auto& option : options())
    CHECK(render(option, loaded.config) == render(option, Config{}));
}

TEST_CASE("an empty variable is invalid for a number and clears a text") {
  const ConfigFiles files;
  Sources sources;
  sources.file = files.write("f.yaml", "server: {port: 1}\nredis: {url: redis://h}\n");
  sources.environment = {{"FEEDCTL_SERVER_PORT", ""}, {"FEEDCTL_REDIS_URL", ""}};
  const auto loaded = load(sources);
  CHECK(loaded.config.server.port == 1);
  CHECK(loaded.config.redis.url.empty());
}

TEST_CASE("of alternative variables a complete URL wins, and passwords are percent-encoded") {
  Sources sources;
  sources.environment = {{"REDIS_URL", "redis://direct"},
                         {"REDIS_HOST", "parts"},
                         {"DB_HOST", "/run/postgresql"},
                         {"DB_NAME", "a b"},
                         {"DB_USER", "u"},
                         {"DB_PASSWORD", "p@s/s:w?"},
                         {"DEBUG", "False"}};
  const auto config = load(sources).config;
  CHECK(config.redis.url.reveal() == "redis://direct");
  CHECK(config.database.url.reveal() ==
        "postgresql://u:p%40s%2Fs%3Aw%3F@%2Frun%2Fpostgresql:5432/a%20b");
  CHECK(config.log.level == log::Level::info);
}

TEST_CASE("the broker of Celery is the bus where it is RabbitMQ, else the Redis") {
  Sources sources;
  sources.environment = {{"CELERY_BROKER_URL", "pyamqp://me:x@rabbit:5672//"},
                         {"CELERY_RESULT_BACKEND", "redis://results:6379/1"},
                         {"DJANGO_TIME_ZONE", "Europe/Berlin"},
                         {"USE_POSTGRES", "1"}};
  auto config = load(sources).config;
  CHECK(config.bus.kind == BusKind::rabbitmq);
  CHECK(config.bus.rabbitmq_url.reveal() == "amqp://me:x@rabbit:5672/%2F");
  CHECK(config.redis.url.empty());
  sources.environment["FEEDCTL_BUS_KIND"] = "postgres";
  sources.environment["RABBITMQ_URL"] = "amqp://other:5672/";
  config = load(sources).config;
  CHECK(config.bus.kind == BusKind::postgres);
  CHECK(config.bus.rabbitmq_url.reveal() == "amqp://other:5672/");
  sources.environment = {{"CELERY_BROKER_URL", "redis://broker:6379/0"}};
  config = load(sources).config;
  CHECK(config.bus.kind == BusKind::automatic);
  CHECK(config.redis.url.reveal() == "redis://broker:6379/0");
  sources.environment["REDIS_HOST"] = "parts";
  CHECK(load(sources).config.redis.url.reveal() == "redis://parts:6379/0");
  sources.environment = {{"CELERY_BROKER_URL", "sqs://key:c4n4ry@"}};
  const auto mistakes = errors_of(sources);
  REQUIRE(mistakes.size() == 1);
  CHECK(mistakes[0].pointer == "CELERY_BROKER_URL");
  CHECK(mistakes[0].detail == "expects amqp:// or redis://");
}

TEST_CASE("a password alone does not configure a database") {
  Sources sources;
  sources.environment = {
      {"POSTGRES_PASSWORD", "x"}, {"POSTGRES_USER", "y"}, {"REDIS_PORT", "tcp://1.2.3.4:6379"}};
  const auto config = load(sources).config;
  CHECK(config.database.url.empty());
  CHECK(config.redis.url.empty());
}

TEST_CASE("a secret's file is read unless others may read it") {
  const ConfigFiles files;
  Sources sources;
  sources.environment = {
      {"FEEDCTL_DATABASE_URL_FILE", files.write("good", "host=h password=x\n", 0640)}};
  CHECK(load(sources).config.database.url.reveal() == "host=h password=x");
  sources.environment = {{"FEEDCTL_DATABASE_URL_FILE", files.write("bad", "host=h\n", 0604)}};
  REQUIRE(errors_of(sources).size() == 1);
  CHECK(errors_of(sources)[0].detail.find("chmod o-r") != std::string::npos);
  sources.environment = {{"DB_HOST", "h"}, {"DB_PASSWORD_FILE", files.write("password", "p\n")}};
  CHECK(load(sources).config.database.url.reveal() == "postgresql://:p@h:5432/");
}

TEST_CASE("no secret appears in any error or warning") {
  const ConfigFiles files;
  const std::string canary = "c4n4ry";
  Sources sources;
  sources.file = files.write(
      "f.yaml",
      "server: {secret_key: " + canary + "}\nredis: {url: 'redis://:" + canary + "@h:x'}\n", 0644);
  sources.environment = {{"FEEDCTL_DATABASE_URL", "mysql://u:" + canary + "@h"},
                         {"FEEDCTL_DATABASE_OWNER_URL", "postgresql://u:" + canary + "@h:port/"},
                         {"DB_HOST", "h"},
                         {"DB_PASSWORD", canary}};
  const auto mistakes = errors_of(sources);
  CHECK(mistakes.size() == 4);
  for (const auto& mistake : mistakes)
    CHECK((mistake.pointer + mistake.detail).find(canary) == std::string::npos);
}

TEST_CASE("any file contents yield errors or entries, never a crash") {
  std::mt19937 random{20261121};
  const std::string seed = example_yaml() +
                           "server:\n  port: [1, {a: b}]\n  host: \"x\\u0041\"\n? - &a !!int 1\n: "
                           "*a\n---\n...\n%YAML 1.2\n|2\n >-\n";
  for (int round = 0; round < 3000; ++round) {
    std::string text = seed.substr(random() % seed.size(), random() % 300);
    for (unsigned change = random() % 8; change > 0 && !text.empty(); --change) {
      const auto at = random() % text.size();
      constexpr std::string_view bytes = "{}[]:,-?&*!|>'\"%@`#\n\t \0\x80\xff~=<";
      if (random() % 2)
        text[at] = bytes[random() % bytes.size()];
      else
        text.insert(at, text.substr(random() % text.size(), random() % 40));
    }
    const auto document = read_yaml(text);
    for (const auto& mistake : document.mistakes) CHECK_FALSE(mistake.message.empty());
  }
}

TEST_CASE("nesting of any depth is refused without recursion") {
  for (const auto* opening : {"[", "{", "- ", "? ", "{a: ", "[[{a: "}) {
    std::string text = "server:\n  port: ";
    for (int i = 0; i < 200000 / static_cast<int>(std::string(opening).size()); ++i)
      text += opening;
    INFO(opening);
    CHECK_FALSE(read_yaml(text).mistakes.empty());
  }
}

TEST_CASE("a relative home is not searched for the configuration, and a warning says so") {
  const ConfigFiles files;
  Sources sources;
  sources.environment = {{"XDG_CONFIG_HOME", "rel"}};
  const auto loaded = load(sources);
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0] == "the variable XDG_CONFIG_HOME is ignored: it is no absolute path");
  sources.environment = {{"HOME", "rel"}};
  CHECK(load(sources).warnings.size() == 1);
  sources.environment = {{"XDG_CONFIG_HOME", ""}, {"HOME", "/nowhere"}};
  CHECK(load(sources).warnings.empty());
}

TEST_CASE("a non-ASCII origin or host is a warning, not an error") {
  for (const auto* key : {"server.cors_origins", "server.allowed_hosts"}) {
    const std::string scheme = std::string(key) == "server.cors_origins" ? "https://" : "";
    Sources sources;
    sources.flags = {{"--set", key, scheme + "a.b," + scheme + "b\xc3\xbc" + "cher.example"}};
    const auto loaded = load(sources);
    REQUIRE(loaded.warnings.size() == 1);
    CHECK(loaded.warnings[0].find(key) != std::string::npos);
    CHECK(loaded.warnings[0].find("xn--") != std::string::npos);
    sources.flags = {{"--set", key, scheme + "a.b"}};
    CHECK(load(sources).warnings.empty());
  }
}

TEST_CASE("an empty systemd credential counts as none") {
  for (const auto* text : {"", "\n", "\r\n"}) {
    const ConfigFiles files;
    const auto credential = files.write("database.url", text);
    Sources sources;
    sources.file = files.write("f.yaml", "database: {url: 'postgresql://of-the-file/x'}\n");
    sources.environment = {
        {"CREDENTIALS_DIRECTORY", std::filesystem::path(credential).parent_path().string()}};
    const auto loaded = load(sources);
    CHECK(loaded.config.database.url.reveal() == "postgresql://of-the-file/x");
    CHECK(loaded.origins.at("database.url").kind == Origin::Kind::file);
  }
}
