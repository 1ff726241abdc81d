// URLs of servers: accepted if the driver accepts them, else refused with the offending character.
#include "config/option_values.hpp"
#include "config/options.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::config;

namespace {

// What is wrong with `text` as the value of `key`; "" where it is taken.
std::string validation_error(const char* key, const std::string& text) {
  Config config;
  return assign(*find_option(key), config, text).value_or("");
}

bool error_contains(const std::string& message, const std::string& part) {
  INFO(message);
  const bool hides = message.find("secret") == std::string::npos;
  CHECK(hides);
  return hides && message.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a database URL that libpq accepts is accepted") {
  for (const auto* text :
       {"postgresql://u:p#x@/d?host=/run/postgresql", "postgresql://u:p?x@h/d",
        "postgresql://u:p:x@h:5432/d", "postgresql://u:p%2Fx@h/d", "postgresql://h1:5432,h2:5433/d",
        "postgresql://[::1]:5432/d", "postgresql:///d", "postgresql://%2Frun%2Fpg/d",
        "postgres://u@h/d?sslmode=require", "host=h port=5432 password='a://b'", "service=feed",
        "host=@abstract dbname=d"}) {
    INFO(text);
    CHECK(validation_error("database.url", text) == "");
  }
}

TEST_CASE("a database URL that libpq does not accept is refused with the correct form") {
  CHECK(error_contains(validation_error("database.url", "postgresql://u:secret/x@h/d"), "%2F"));
  CHECK(error_contains(validation_error("database.url", "postgresql://u:secret@x@h/d"), "%40"));
  CHECK(error_contains(validation_error("database.url", "postgresql://u:secret%zz@h/d"), "%25"));
  CHECK(error_contains(validation_error("database.url", "postgresql://u:secret@h:port/d"), "port"));
  CHECK(error_contains(validation_error("database.url", "host=h port=x password=secret"), "port"));
  CHECK(error_contains(validation_error("database.url", "host=h password=my secret"), "'..'"));
  CHECK(error_contains(validation_error("database.url", "mysql://u:secret@h/d"), "postgresql://"));
  CHECK(error_contains(validation_error("database.url", "secret"), "postgresql://"));
}

TEST_CASE("a password of Redis or RabbitMQ may contain any character the drivers accept") {
  for (const std::string password : {"p#x", "p/x", "p:x", "p@x", "p%3Fx", "p#x@y/z:1"}) {
    INFO(password);
    CHECK(validation_error("redis.url", "redis://:" + password + "@h:6379/0") == "");
    CHECK(validation_error("redis.url", "redis://me:" + password + "@h?db=1") == "");
    CHECK(validation_error("bus.rabbitmq_url", "amqp://me:" + password + "@h:5672/v") == "");
  }
  CHECK(validation_error("bus.rabbitmq_url", "amqp://me:p?x@h:5672/v") == "");
}

TEST_CASE("an invalid Redis or RabbitMQ URL is reported with its actual error") {
  CHECK(error_contains(validation_error("redis.url", "redis://:secret?x@h:6379/0"), "%3F"));
  CHECK(error_contains(validation_error("redis.url", "redis://:secret%@h"), "%25"));
  CHECK(error_contains(validation_error("redis.url", "redis://:secret@h:port"), "port"));
  CHECK(error_contains(validation_error("redis.url", "redis://:secret@h/x"), "database"));
  CHECK(error_contains(validation_error("redis.url", "redis://:secret@"), "host"));
  CHECK(error_contains(validation_error("bus.rabbitmq_url", "amqp://u:secret@h:port/"), "port"));
  CHECK(error_contains(validation_error("bus.rabbitmq_url", "amqp://u:secret@h/a/b"), "%2F"));
  CHECK(error_contains(validation_error("bus.rabbitmq_url", "amqp://u:secret@h/v?heartbeat=1"),
                       "%3F"));
  CHECK(error_contains(validation_error("bus.rabbitmq_url", "amqp://u:secret%zz@h/"), "%25"));
}
