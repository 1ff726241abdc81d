// The text form of rates.
#include "config/rate.hpp"

#include "base/error.hpp"
#include "config/load.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::config;
using namespace std::chrono_literals;

namespace {

std::string wrong_with(const std::string& text) {
  const auto parsed = parse_rate(text);
  const auto* wrong = std::get_if<std::string>(&parsed);
  return wrong != nullptr ? *wrong : "";
}

RateLimitConfig from_yaml(const std::string& yaml) {
  const support::TempFolder folder;
  Sources sources;
  sources.file = folder.write("f.yaml", yaml).string();
  return load(sources).config.rate_limit;
}

// The first mistake, without its place.
std::string mistake_in(const std::string& yaml) {
  try {
    from_yaml(yaml);
  } catch (const Error& error) {
    return error.fields().empty() ? "" : error.fields().front().detail;
  }
  return "";
}

}  // namespace

TEST_CASE("a rate is a count, a period and a burst, which is the count unless it is given") {
  const auto rate = std::get<Rate>(parse_rate("300/1m burst 60"));
  CHECK(rate.count == 300);
  CHECK(rate.period == 1min);
  CHECK(rate.burst == 60);
  CHECK(std::get<Rate>(parse_rate("20/1h")).burst == 20);
  CHECK(std::get<Rate>(parse_rate("off")).is_off());
}

TEST_CASE("a rate that is printed reads as the same rate") {
  for (const std::string text : {"300/1m burst 60", "1/1s burst 1", "5/1d burst 5",
                                 "10000/1s burst 1", "7/90s burst 100", "off"}) {
    INFO(text);
    CHECK(format_rate(std::get<Rate>(parse_rate(text))) == text);
  }
}

TEST_CASE("a text that is no rate says what one looks like") {
  for (const std::string text : {"",
                                 "300",
                                 "300/",
                                 "/1m",
                                 "300/1",
                                 "x/1m",
                                 "-3/1m",
                                 "+3/1m",
                                 "3.5/1m",
                                 "300/1m burst",
                                 "300/1m burst ",
                                 "300/1m burst x",
                                 "300/1m burst -1",
                                 "300/1m  burst 60",
                                 "300/1m, 60",
                                 "300 / 1m",
                                 "300/1m burst 60 ",
                                 " 300/1m",
                                 "OFF",
                                 "99999999999999999999/1m"}) {
    INFO(text);
    CHECK(wrong_with(text) ==
          "expects a rate such as \"300/1m burst 60\", or off, not \"" + text + "\"");
  }
}

TEST_CASE("a rate out of bounds says which bound") {
  CHECK(wrong_with("0/1m") == "must allow at least 1 request; off is no limit");
  CHECK(wrong_with("5/0s").find("from 1s to 1d") != std::string::npos);
  CHECK(wrong_with("5/1500ms").find("whole seconds") != std::string::npos);
  CHECK(wrong_with("5/2d").find("from 1s to 1d") != std::string::npos);
  CHECK(wrong_with("10001/1s").find("at most 10000 requests a second") != std::string::npos);
  CHECK(wrong_with("5/1m burst 0").find("burst from 1 to 100000") != std::string::npos);
  CHECK(wrong_with("5/1m burst 100001").find("burst from 1 to 100000") != std::string::npos);
  CHECK(wrong_with("1/1d burst 8").find("more than 7d") != std::string::npos);
  CHECK(wrong_with("1/1d burst 7").empty());
}

TEST_CASE("a limit may be set by a variable, and a wrong one names its place") {
  Sources sources;
  sources.environment = {{"FEEDCTL_RATE_LIMIT_USER_WRITE", "7/1m burst 3"},
                         {"FEEDCTL_RATE_LIMIT_ADDRESS_LOGIN", "off"},
                         {"FEEDCTL_RATE_LIMIT_EXEMPT_ADDRESSES", ""}};
  const auto config = load(sources).config.rate_limit;
  CHECK(config.enabled);
  CHECK(config.user.write.count == 7);
  CHECK(config.user.write.burst == 3);
  CHECK(config.address.login.is_off());
  CHECK(config.exempt_addresses.empty());

  sources.environment["FEEDCTL_RATE_LIMIT_USER_READ"] = "many";
  sources.flags = {{"--set", "rate_limit.user.login", "1/1m"}};
  try {
    load(sources);
    FAIL("was accepted");
  } catch (const Error& error) {
    REQUIRE(error.fields().size() == 2);
    CHECK(error.fields()[0].pointer == "FEEDCTL_RATE_LIMIT_USER_READ");
    CHECK(error.fields()[0].detail.find("rate_limit.user.read expects a rate") == 0);
    CHECK(error.fields()[1].detail.find("unknown key rate_limit.user.login") == 0);
  }
}

TEST_CASE("limits may stand in groups or with dotted names, with the same meaning") {
  const auto groups = from_yaml(
      "rate_limit:\n"
      "  user:\n"
      "    write: 7/1m burst 3\n"
      "    read: off\n"
      "  address:\n"
      "  address.login: 5/1h\n"
      "  enabled: false\n");
  CHECK(!groups.enabled);
  CHECK(format_rate(groups.user.write) == "7/1m burst 3");
  CHECK(groups.user.read.is_off());
  CHECK(format_rate(groups.address.login) == "5/1h burst 5");
  CHECK(format_rate(from_yaml("rate_limit.user: {write: 8/1m}\n").user.write) == "8/1m burst 8");
  CHECK(format_rate(from_yaml("rate_limit.user.write: 9/1m\n").user.write) == "9/1m burst 9");
  CHECK(format_rate(from_yaml("rate_limit: {user: {}}\n").user.write) ==
        format_rate(RateLimitConfig{}.user.write));
}

TEST_CASE("a limit in the wrong place says where it belongs") {
  CHECK(mistake_in("rate_limit: {user: {write: 7/1m}, user.write: 8/1m}\n")
            .find("rate_limit.user.write stands twice") == 0);
  CHECK(mistake_in("rate_limit: {user: 7/1m}\n").find("rate_limit.user is a section") == 0);
  CHECK(mistake_in("rate_limit: {user: [7/1m]}\n").find("rate_limit.user is a section") == 0);
  CHECK(mistake_in("rate_limit: {write: 7/1m}\n") ==
        "unknown key rate_limit.write (did you mean rate_limit.user.write?)");
  CHECK(mistake_in("rate_limit: {users: {write: 7/1m}}\n") ==
        "unknown key rate_limit.users.write (did you mean rate_limit.user.write?)");
  CHECK(mistake_in("rate_limit: {user: {write: {burst: 60}}}\n").find("nested too deeply") == 0);
  CHECK(mistake_in("rate_limit: {user: {write: }}\n") == "rate_limit.user.write has no value");
}
