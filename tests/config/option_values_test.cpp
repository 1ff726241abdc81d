#include "config/option_values.hpp"

#include <limits>

#include "config/listen_address.hpp"
#include "config/options.hpp"
#include "config/units.hpp"
#include "config/validators.hpp"
#include "support/catch.hpp"

using namespace feedctl::config;
using namespace std::chrono_literals;

TEST_CASE("a duration is an integer with a unit") {
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("60s") == 60s);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("1h") == 1h);
  CHECK(parse_duration("30d") == 720h);
  CHECK(parse_duration("0") == 0ms);
  for (const auto* wrong : {"", "5", "s", "-1s", "+1s", "1.5s", "1 s", "1s ", " 1s", "1S", "1w",
                            "0x1s", "1s1s", "99999999999999999999", "99999999999999999999w"}) {
    INFO(wrong);
    CHECK_FALSE(parse_duration(wrong));
  }
}

TEST_CASE("a size is a number of bytes, or one with KiB, MiB or GiB") {
  CHECK(parse_size("100") == 100u);
  CHECK(parse_size("100B") == 100u);
  CHECK(parse_size("256KiB") == 256u * 1024);
  CHECK(parse_size("5MiB") == 5u * 1024 * 1024);
  CHECK(parse_size("1GiB") == 1024u * 1024 * 1024);
  for (const auto* wrong :
       {"", "-1", "1KB", "1kb", "1.5MiB", "1 MiB", "99999999999999999999KB", "1e3"}) {
    INFO(wrong);
    CHECK_FALSE(parse_size(wrong));
  }
}

TEST_CASE("an excessive duration or size saturates at the maximum and never wraps") {
  for (const auto* long_one :
       {"9999999d", "36501d", "106751991168d", "9223372036854775807d", "9223372036854775807ms",
        "18446744073709551615ms", "18446744073709551616s", "99999999999999999999999999h"}) {
    INFO(long_one);
    CHECK(parse_duration(long_one) == max_duration);
  }
  CHECK(parse_duration("36499d") == std::chrono::hours{24 * 36499});
  // From now on, in the nanoseconds that both clocks count.
  const auto steady = std::chrono::steady_clock::now();
  CHECK(steady + max_duration > steady);
  const auto wall = std::chrono::system_clock::now();
  CHECK(wall + max_duration > wall);
  for (const auto* large_one :
       {"99999999999GiB", "18446744073709551615", "99999999999999999999B"}) {
    INFO(large_one);
    CHECK(parse_size(large_one) == max_size);
  }
}

TEST_CASE("every numeric, duration and size key has bounds that fit its type") {
  for (const auto& option : options()) {
    const auto type = type_name(option);
    if (type != "number" && type != "duration" && type != "size") continue;
    INFO(option.key);
    CHECK(option.max_value > option.min_value);
    if (type == "number") CHECK(option.max_value <= std::numeric_limits<int>::max());
    if (type == "duration") CHECK(option.max_value < max_duration.count());
    if (type == "size") CHECK(option.max_value < static_cast<std::int64_t>(max_size));
    for (const auto* huge : {"99999999999999999999", "-99999999999999999999"}) {
      Config config;
      const auto text = huge + std::string(type == "duration" ? "d" : "");
      CHECK(assign(option, config, text).has_value());
      CHECK(render(option, config) == render(option, Config{}));
    }
  }
}

TEST_CASE("formatted values parse back to the same value") {
  for (const auto duration :
       {0ms, 1ms, 999ms, 1000ms, 1500ms, 60000ms, 3600000ms, 86400000ms, 90061001ms}) {
    CHECK(parse_duration(format_duration(duration)) == duration);
  }
  for (const std::size_t size : {0u, 1u, 1023u, 1024u, 1536u, 1048576u, 5242880u, 1073741824u}) {
    CHECK(parse_size(format_size(size)) == size);
  }
}

TEST_CASE("no URL of any form shows its password") {
  for (const auto* url : {
           "postgresql://me:hunter2@host/db",
           "postgres://me:hunter2@a:1,b:2/db?sslmode=require",
           "postgresql://me:hunt@er2@host/db",
           "postgresql://host/db?user=me&password=hunter2&x=y",
           "postgresql://host/db?password=hunter2",
           "host=h password=hunter2 user=me",
           "host=h password = 'hunter2 hunter2' user=me",
           "password='hunter2\\'hunter2'",
           "password='hunter2",
           "redis://:hunter2@host:6379/0",
           "redis://me:hunter2@host",
           "unix:///run/redis.sock?db=0&password=hunter2",
           "redis://:hunt/er2@host:6379/0",
           "postgresql://me:hunt?er2@host/db",
           "postgresql://me:hunt#er2@host/db",
           "postgresql://host/db?passw%6frd=hunter2",
           "host=h password=hunter2&er2 user=me",
           "host=h password=hunter2\\ er2 user=me",
           "host=h password\t=\thunter2 user=me",
           "application_name='password=' password='hunter2 er2'",
           "password hunter2",
           "password hunter2 user=me",
       }) {
    INFO(url << " became " << redact_url(url));
    CHECK(redact_url(url).find("hunt") == std::string::npos);
    CHECK(redact_url(url).find("er2") == std::string::npos);
    CHECK(redact_url(url).find("****") != std::string::npos);
  }
  for (const auto* url :
       {"", "postgresql://host/db", "postgresql://me@host/a@c", "redis://host:6379/0", "host=h"}) {
    CHECK(redact_url(url) == url);
  }
}

TEST_CASE("every key has a section, a description and an environment variable of its own") {
  std::vector<std::string> names;
  for (const auto& option : options()) {
    INFO(option.key);
    CHECK_FALSE(option.help.empty());
    CHECK(option.help.back() != '.');
    const auto all = sections();
    CHECK(std::any_of(all.begin(), all.end(),
                      [&](const Section& s) { return s.name == section_of(option.key); }));
    names.push_back(env_name(option.key));
    for (const auto alias : option.aliases) names.emplace_back(alias);
  }
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

TEST_CASE("every default passes its key's validation") {
  const Config standard;
  for (const auto& option : options()) {
    Config other;
    const auto text = render(option, standard);
    INFO(option.key << " = " << text);
    CHECK(assign(option, other, text).value_or("") == "");
    CHECK(render(option, other) == text);
  }
}

TEST_CASE("minimum and maximum are enforced") {
  Config config;
  const auto& port = *find_option("server.port");
  CHECK_FALSE(assign(port, config, "0"));
  CHECK_FALSE(assign(port, config, "65535"));
  CHECK(config.server.port == 65535);
  CHECK(assign(port, config, "65536"));
  CHECK(assign(port, config, "-1"));
  CHECK(assign(port, config, " 1"));
  CHECK(assign(port, config, "1 "));
  CHECK(config.server.port == 65535);
}

TEST_CASE("only addresses of the local machine are loopback") {
  for (const auto* host : {"127.0.0.1", "127.9.9.9", "::1", "localhost", "::ffff:127.0.0.1",
                           "/run/feedctl.sock", "LocalHost", "localhost.", "[::1]"}) {
    INFO(host);
    CHECK(is_loopback(host));
  }
  for (const auto* host : {"0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1", "feed.example.org", "",
                           "128.0.0.1", "localhost.example.org", "[::]", "localhost.."}) {
    INFO(host);
    CHECK_FALSE(is_loopback(host));
  }
}

TEST_CASE("the status port of work is for this machine unless a public address is allowed") {
  Config config;
  config.work.host = "0.0.0.0";
  CHECK_NOTHROW(check_work_bind(config));  // it has no port
  config.work.port = 9101;
  CHECK_THROWS(check_work_bind(config));
  config.server.insecure_public = true;
  CHECK_NOTHROW(check_work_bind(config));
  config.server.insecure_public = false;
  config.work.host = "localhost";
  CHECK_NOTHROW(check_work_bind(config));
}

TEST_CASE("validation refuses values that would fail later") {
  for (const auto* url :
       {"postgresql://h/d", "postgres://u@h:5432/d", "postgresql:///d?host=/run", "host=h",
        "postgresql://[::1]:5432/d", "postgresql://a:1,b:2/d", "postgresql://%2Frun/d",
        "host=/run/pg@14", "postgresql:///d?host=/run/pg@14", "host=@abstract"}) {
    INFO(url);
    CHECK_FALSE(validate("postgresql", url));
  }
  for (const auto* url : {"mysql://h", "just-a-name", "postgresql://h:x/d", "postgresql://h:0/d",
                          "postgresql://h:99999/d"}) {
    INFO(url);
    CHECK(validate("postgresql", url));
  }
  for (const auto* url :
       {"redis://h", "redis://h:6379", "redis://:p@h:6379/1", "unix:///run/r.sock?db=1"}) {
    INFO(url);
    CHECK_FALSE(validate("redis", url));
  }
  for (const auto* url : {"rediss://h", "redis://", "redis:///0", "redis://h:x", "redis://h/x",
                          "unix://run", "h:6379"}) {
    INFO(url);
    CHECK(validate("redis", url));
  }
  for (const auto* network : {"10.0.0.0/8", "::1", "fd00::/8", "192.168.1.1", "unix"})
    CHECK_FALSE(validate("networks", network));
  for (const auto* network :
       {"10.0.0.0/33", "fd00::/129", "10.0.0", "a/8", "10.0.0.0/", "10.0.0.0/-1"})
    CHECK(validate("networks", network));
  for (const auto* origin : {"*", "https://example.org", "HTTPS://Example.org:443",
                             "https://b\xc3\xbc"
                             "cher.example"})
    CHECK_FALSE(validate("origins", origin));
  for (const auto* origin : {"example.org", "https://", "https://a.b/", "ftp://a.b"})
    CHECK(validate("origins", origin));
  for (const auto* host : {"*", "a.b", ".a.b", "A.B.", "a.b:81", "[::1]", "::1",
                           "b\xc3\xbc"
                           "cher.example"})
    CHECK_FALSE(validate("hosts", host));
  for (const auto* host : {"http://a.b", "u@a.b"}) CHECK(validate("hosts", host));
  CHECK(validate("", std::string_view("a\0b", 3)));
}
