// Ids of events within a round: a client that reconnects with one resumes after that event.
#include <map>
#include <vector>

#include "commands/command_endpoint.hpp"
#include "sse_hub_fixture.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

using events::Type;

// Lower than any transaction id of the database, so its snapshots cover all ids of a test.
constexpr events::TransactionId first = 100;

// The events among the blocks of a response body.
std::vector<SentEvent> events_in(const std::string& body) {
  std::vector<SentEvent> events;
  for (std::size_t at = 0; at < body.size();) {
    const auto end = body.find("\n\n", at);
    REQUIRE(end != std::string::npos);
    auto event = SentEvent::parse(body.substr(at, end + 1 - at));
    if (!event.name.empty()) events.push_back(std::move(event));
    at = end + 2;
  }
  return events;
}

// Publishes rounds of deletions of a user's own posts. Such events need no query.
struct RoundsFixture {
  RoundsFixture() {
    pages.signer.set_key(Secret<std::string>("a key"));
    pages.streams.on_gap();
    publish({}, first);
    start = reconnect(nullptr).back();
  }
  // Publishes the round and waits until new streams begin after it.
  void publish(const std::vector<events::Event>& round, events::TransactionId xmax) {
    pages.streams.on_events(round);
    pages.streams.on_published({xmax, xmax, {}});
    REQUIRE(eventually([&] { return token(reconnect(nullptr).back()).snapshot.xmax == xmax; }));
  }
  // The first part of a stream: the backlog since event id `last`.
  std::string answer(const std::string* last) {
    std::optional<http::Response> response;
    REQUIRE(eventually([&] {
      try {
        response = pages.streams.open(1, last);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::unavailable) throw;
      }
      return response.has_value();
    }));
    return response->body;
  }
  // The event ids in that backlog.
  std::vector<std::string> reconnect(const std::string* last) {
    const auto body = answer(last);
    std::vector<std::string> ids;
    for (auto at = body.find("id: "); at != std::string::npos; at = body.find("\nid: ", at + 1)) {
      const auto from = body.find(' ', at) + 1;
      ids.push_back(body.substr(from, body.find('\n', from) - from));
    }
    return ids;
  }
  events::ConsistencyToken token(const std::string& id) const {
    return commands::verify_token(pages.signer, id).value();
  }
  // Reconnects with the id of the first event until no event is left.
  std::vector<Id> read_one_by_one(std::size_t most) {
    std::vector<Id> told;
    for (auto last = start; told.size() < most;) {
      const auto events = events_in(answer(&last));
      if (events.empty()) break;
      CHECK(events[0].name == "delete");
      CHECK_FALSE(events[0].id.empty());
      told.push_back(events[0].post());
      if (!events[0].id.empty()) last = events[0].id;
    }
    return told;
  }

  SseHubFixture pages;
  std::string start;  // the event id before all rounds
};

}  // namespace

TEST_CASE("a client that reads one event per connection gets through a round of many") {
  RoundsFixture rounds;
  std::vector<events::Event> round;
  std::vector<Id> all;
  // The events of three transactions.
  for (Id i = 1; i <= 60; ++i) {
    const auto xid = first + static_cast<events::TransactionId>(i < 10 ? 0 : i < 15 ? 2 : 1);
    round.push_back(SseHubFixture::make_event(Type::post_deleted, 1, 100 + i, xid, i));
    all.push_back(100 + i);
  }
  rounds.publish(round, first + 3);
  CHECK(rounds.read_one_by_one(1000) == all);
}

TEST_CASE("rounds published together are sent in the order of their events, once each") {
  RoundsFixture rounds;
  // The later round has an event whose id lies between those of the first round.
  const std::vector<events::Event> early{
      SseHubFixture::make_event(Type::post_deleted, 1, 11, first, 1),
      SseHubFixture::make_event(Type::post_deleted, 1, 13, first, 3)};
  const std::vector<events::Event> late{
      SseHubFixture::make_event(Type::post_deleted, 1, 12, first + 1, 2),
      SseHubFixture::make_event(Type::post_deleted, 1, 14, first + 1, 4)};
  rounds.pages.streams.on_events(early);
  rounds.pages.streams.on_published({first + 1, first + 1, {}});
  rounds.publish(late, first + 2);
  auto told = rounds.read_one_by_one(1000);
  std::sort(told.begin(), told.end());
  CHECK(told == std::vector<Id>{11, 12, 13, 14});
}

TEST_CASE("an event id within a round is valid at a server that splits its rounds differently") {
  RoundsFixture whole, parts;
  std::vector<events::Event> even, odd;
  for (Id i = 1; i <= 8; ++i) {
    const auto xid = first + static_cast<events::TransactionId>(i % 2);
    (i % 2 == 0 ? even : odd)
        .push_back(SseHubFixture::make_event(Type::post_deleted, 1, 100 + i, xid, i));
  }
  std::vector<events::Event> all = even;
  all.insert(all.end(), odd.begin(), odd.end());
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  whole.publish(all, first + 2);
  parts.publish(even, first + 1);
  parts.publish(odd, first + 2);
  const auto ids = events_in(whole.answer(&whole.start));
  REQUIRE(ids.size() == 8);
  const auto rest = events_in(parts.answer(&ids[4].id));
  std::vector<Id> told;
  for (const auto& event : rest) told.push_back(event.post());
  CHECK(told == std::vector<Id>{106, 108, 107});
}

TEST_CASE("an event id within a round is a token of the whole round, and older ids stay valid") {
  RoundsFixture rounds;
  rounds.publish({SseHubFixture::make_event(Type::post_deleted, 1, 11, first, 1),
                  SseHubFixture::make_event(Type::post_deleted, 1, 12, first, 2)},
                 first + 1);
  const auto events = events_in(rounds.answer(&rounds.start));
  REQUIRE(events.size() == 2);
  for (const auto& event : events) CHECK(rounds.token(event.id).snapshot.xmax == first + 1);
  const auto old = commands::issue_token(rounds.pages.signer, {{first, first, {}}, std::nullopt});
  CHECK(events_in(rounds.answer(&old)).size() == 2);
  CHECK(events_in(rounds.answer(&events[1].id)).empty());
}
