// Two installations at one server: neither receives the other's messages, nor deletes its queues or
// streams.
#include <sstream>

#include "base/error.hpp"
#include "bus_server.hpp"
#include "support/catch.hpp"

namespace feedctl::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds patience{120};

std::unique_ptr<bus::Bus> installation(BusServer& carrier, const std::string& id,
                                       const std::string& prefix = "") {
  bus::Limits limits;
  limits.slots = 4;  // a broker takes a moment for each queue
  return carrier.connect(BusServer::timing(), limits, {prefix, id});
}

// The detail of the error; "": no error.
std::string refusal(const std::function<void()>& work) {
  try {
    work();
    return "";
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unavailable);
    return error.detail();
  }
}

bool is_refused(const std::function<void()>& work) {
  return eventually(
      [&] { return refusal(work).find("another installation") != std::string::npos; });
}

bool publishes(bus::Bus& bus, int slot, const std::string& body) {
  return eventually([&] { return refusal([&] { bus.publish(slot, body); }).empty(); });
}

}  // namespace

TEST_CASE("a second installation at one broker neither sends nor receives anything") {
  for_each_bus_server([](BusServer& carrier) {
    const auto one = installation(carrier, "cluster/1"), two = installation(carrier, "cluster/2");
    REQUIRE(publishes(*one, 3, "of one"));
    CHECK(is_refused([&] { two->publish(3, "of two"); }));
    CHECK(is_refused([&] { two->publish_dead("of two"); }));
    CHECK(is_refused([&] { two->backlog(); }));
    CHECK(collect(*two, {3}, 1, seconds{1}).empty());
    const auto got = collect(*one, {3}, 1, patience);
    CHECK(bodies(got) == Bodies{"of one"});
    one->acknowledge(got);
    CHECK(eventually([&] { return carrier.is_empty(3); }));
    CHECK(carrier.dead_letters().empty());
  });
}

TEST_CASE("more workers of the same installation share its broker") {
  for_each_bus_server([](BusServer& carrier) {
    const auto one = installation(carrier, "cluster/1"), same = installation(carrier, "cluster/1");
    REQUIRE(publishes(*one, 3, "x"));
    CHECK(bodies(collect(*same, {3}, 1, patience)) == Bodies{"x"});
  });
}

TEST_CASE("with a prefix each installation has its own streams or queues") {
  for_each_bus_server([](BusServer& carrier) {
    const auto one = installation(carrier, "cluster/1");
    REQUIRE(publishes(*one, 3, "of one"));
    const auto bare = carrier.names();
    const auto two = installation(carrier, "cluster/2", "two.");
    REQUIRE(publishes(*two, 3, "of two"));
    CHECK(eventually([&] { return refusal([&] { two->publish_dead("of two"); }).empty(); }));
    CHECK(bodies(collect(*two, {3}, 1, patience)) == Bodies{"of two"});
    CHECK(bodies(collect(*one, {3}, 1, patience)) == Bodies{"of one"});
    std::istringstream names(carrier.names());
    for (std::string name; std::getline(names, name);) {
      INFO(name);
      CHECK((name.rfind("two.", 0) == 0 || bare.find(name) != std::string::npos));
    }
  });
}

TEST_CASE("after the owner's mark is lost only one of two installations continues") {
  for_each_bus_server([](BusServer& carrier) {
    const auto one = installation(carrier, "cluster/1"), two = installation(carrier, "cluster/2");
    REQUIRE(publishes(*one, 3, "of one"));
    one->acknowledge(collect(*one, {3}, 1, patience));
    CHECK(is_refused([&] { two->publish(3, "of two"); }));
    carrier.forget_owner();
    REQUIRE(publishes(*two, 3, "of two"));
    // backlog() checks the owner of the names each time; workers call it every few seconds.
    CHECK(is_refused([&] { one->backlog(); }));
    CHECK(is_refused([&] { one->publish(3, "of one"); }));
    CHECK(is_refused([&] { one->receive({3}, milliseconds{100}); }));
  });
}

}  // namespace feedctl::test
