// Views from request to Redis, which views count, and what answers say.
#include "views/view_recorder.hpp"

#include <atomic>
#include <cstdlib>
#include <future>
#include <memory>
#include <sstream>
#include <thread>
#include <utility>

#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "views/views_fixture.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using namespace feedctl::test;
using support::eventually;
using views::Reason;
using views::ViewRecorder;

namespace {

// Keeps the recorder's thread busy until open(), so that what is submitted meanwhile waits.
class Gate {
 public:
  Gate(ViewRecorder& recorder, Id user, Id post) {
    recorder.submit(user, {post}, false, [state = state_](const ViewRecorder::Outcome&) {
      state->entered.set_value();
      state->opened.get_future().wait();
    });
    state_->entered.get_future().wait();
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() { open(); }
  void open() {
    if (!std::exchange(is_open_, true)) state_->opened.set_value();
  }

 private:
  struct State {
    std::promise<void> entered, opened;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
  bool is_open_ = false;
};

int script_calls(const ViewsFixture& fixture) {
  std::istringstream lines(fixture.cli("INFO commandstats"));
  int calls = 0;
  for (std::string line; std::getline(lines, line);) {
    for (const std::string head : {"cmdstat_evalsha:calls=", "cmdstat_eval:calls="}) {
      if (line.rfind(head, 0) == 0) calls += std::stoi(line.substr(head.size()));
    }
  }
  return calls;
}

ErrorCode code_of(const ViewRecorder::Outcome& outcome) {
  REQUIRE(std::holds_alternative<Error>(outcome));
  return std::get<Error>(outcome).code();
}

events::Event event_of(events::Type type, Id object) {
  events::Event event;
  event.type = type;
  event.object = object;
  return event;
}

}  // namespace

TEST_CASE("a view counts once a user and post") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  CHECK(described(record_one(recorder, 2, 5)) == "counted 1");
  CHECK(described(record_one(recorder, 2, 5)) == "repeated 1");
  CHECK(described(record_one(recorder, 3, 5)) == "counted 2");
  CHECK(described(record_one(recorder, 2, 6)) == "counted 1");
  CHECK(described(record_one(recorder, 2, 5)) == "repeated 2");
  CHECK(fixture.pending_views() == 3);
  CHECK(fixture.number("SELECT count(*) FROM post_view_seen") == 0);
}

TEST_CASE("two recorders count a user's view of a post once") {
  ViewsFixture fixture;
  ViewRecorder first(fixture.database, fixture.options());
  ViewRecorder second(fixture.database, fixture.options());
  CHECK(described(record_one(first, 2, 5)) == "counted 1");
  CHECK(described(record_one(second, 2, 5)) == "repeated 1");
  CHECK(described(record_one(second, 3, 5)) == "counted 2");
  CHECK(described(record_one(first, 3, 5)) == "repeated 2");
}

TEST_CASE("views of authors, of bots and of unknown posts are answered and not counted") {
  ViewsFixture fixture;
  fixture.fresh.execute("INSERT INTO posts (id, shard, text) VALUES (50, 0, 'of nobody')");
  fixture.fresh.execute(
      "INSERT INTO posts (id, shard, text, deleted_at) VALUES (51, 0, 'x', now())");
  ViewRecorder recorder(fixture.database, fixture.options());
  CHECK(described(record_one(recorder, 2, 5)) == "counted 1");
  CHECK(described(record_one(recorder, 1, 5)) == "author 1");
  CHECK(described(record(recorder, 3, {5}, true)) == "bot 1");
  CHECK(described(record(recorder, 1, {5}, true)) == "author 1");
  CHECK(described(record(recorder, 3, {777, 51, 50})) == "not found 0, not found 0, counted 1");
  CHECK(fixture.cli("SCARD post:5:views") == "1");
  CHECK(fixture.cli("EXISTS post:777:views post:777:total post:51:total") == "0");
  CHECK(fixture.pending_views() == 2);
}

TEST_CASE("an unknown or deleted user is an error, and other requests are not affected") {
  ViewsFixture fixture;
  fixture.fresh.execute("UPDATE users SET deleted_at = now() WHERE id = 9");
  ViewRecorder recorder(fixture.database, fixture.options());
  CHECK(code_of(outcome_of(recorder, 777, {5})) == ErrorCode::not_found);
  CHECK(code_of(outcome_of(recorder, 9, {5})) == ErrorCode::not_found);
  CHECK(described(record_one(recorder, 2, 5)) == "counted 1");
  CHECK(fixture.pending_views() == 1);
}

TEST_CASE("a request may name several posts, and each has its own result in order") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  CHECK(described(record_one(recorder, 2, 4)) == "counted 1");
  CHECK(described(record(recorder, 2, {9, 4, 777, 3})) ==
        "counted 1, repeated 1, not found 0, counted 1");
  CHECK(described(record(recorder, 3, {3, 4, 9})) == "counted 2, counted 2, counted 2");
}

TEST_CASE("views that wait together take one call of a script") {
  ViewsFixture fixture;
  fixture.fresh.execute(
      "INSERT INTO users (id, handle, shard) SELECT n, 'user' || n, 0 FROM generate_series(10, "
      "120) "
      "n");
  ViewRecorder recorder(fixture.database, fixture.options());
  record_one(recorder, 2, 9);  // the script is known to Redis from now on
  Gate gate(recorder, 3, 9);
  const auto before = script_calls(fixture);
  std::atomic<int> counted{0}, answered{0};
  for (Id user = 10; user < 110; ++user) {
    recorder.submit(user, {5}, false, [&](const ViewRecorder::Outcome& outcome) {
      const auto* results = std::get_if<std::vector<views::Result>>(&outcome);
      if (results != nullptr && results->at(0).is_counted()) ++counted;
      ++answered;
    });
  }
  gate.open();
  REQUIRE(eventually([&] { return answered == 100; }));
  CHECK(counted == 100);
  CHECK(script_calls(fixture) == before + 1);
  CHECK(fixture.cli("GET post:5:total") == "100");
  CHECK(fixture.cli("SCARD post:5:views") == "100");
  CHECK(fixture.pending_views() == 102);
}

TEST_CASE("equal views of one batch count once, in the order of their arrival") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  Gate gate(recorder, 9, 9);
  std::vector<std::promise<std::string>> answers(4);
  for (auto& answer : answers) {
    recorder.submit(2, {5}, false, [&](const ViewRecorder::Outcome& outcome) {
      answer.set_value(described(std::get<std::vector<views::Result>>(outcome)));
    });
  }
  gate.open();
  recorder.close();
  CHECK(answers[0].get_future().get() == "counted 1");
  for (std::size_t i = 1; i < answers.size(); ++i)
    CHECK(answers[i].get_future().get() == "repeated 1");
}

TEST_CASE("concurrent viewers are each counted once") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  std::atomic<int> counted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (Id user = 2; user <= 9; ++user) {
        for (const auto& result : record(recorder, user, {1, 2, 3, 4, 5})) {
          if (result.is_counted()) ++counted;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(counted == 8 * 5);
  CHECK(fixture.pending_views() == 8 * 5);
  for (const auto* post : {"1", "2", "3", "4", "5"})
    CHECK(fixture.cli(std::string("GET post:") + post + ":total") == "8");
}

TEST_CASE("the first view of a post starts from the count that PostgreSQL holds") {
  ViewsFixture fixture;
  fixture.fresh.execute("INSERT INTO post_views (post_id, view_count, base) VALUES (5, 41, 41)");
  ViewRecorder recorder(fixture.database, fixture.options());
  CHECK(described(record_one(recorder, 1, 5)) == "author 41");
  CHECK(fixture.cli("GET post:5:total") == "41");
  CHECK(described(record_one(recorder, 2, 5)) == "counted 42");
  CHECK(fixture.cli("GET post:5:total") == "42");
}

TEST_CASE("the number of views is the larger one of Redis and PostgreSQL") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  fixture.cli("SET post:5:total 100");
  CHECK(described(record_one(recorder, 2, 5)) == "counted 101");
  fixture.fresh.execute("INSERT INTO post_views (post_id, view_count, base) VALUES (5, 500, 500)");
  CHECK(described(record_one(recorder, 2, 5)) == "repeated 500");
  CHECK(described(record_one(recorder, 3, 5)) == "counted 501");
}

TEST_CASE("the number of views survives a flush and the loss of what Redis holds") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  for (const Id user : {2, 3, 4}) record_one(recorder, user, 5);
  CHECK(fixture.flush().views == 3);
  CHECK(described(record_one(recorder, 2, 5)) == "repeated 3");
  fixture.cli("FLUSHALL");
  CHECK(described(record_one(recorder, 5, 5)) == "counted 4");
}

TEST_CASE("the keys in Redis are those of the documents") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  record_one(recorder, 2, 5);
  record_one(recorder, 3, 5);
  CHECK(fixture.cli("SCARD post:5:views") == "2");
  CHECK(fixture.cli("SISMEMBER post:5:views 2") == "1");
  CHECK(fixture.cli("SISMEMBER post:5:views 4") == "0");
  CHECK(fixture.cli("SORT post:5:views") == "2\n3");
  const auto day = fixture.cli("LINDEX views:pending 0");
  CHECK(fixture.cli("LRANGE views:pending 0 -1") == day + "\n5\n2\n" + day + "\n5\n3");
  // Seconds from 1970 to the end of the viewers' set: midnight (UTC), as rounded by Redis.
  const auto end = std::stoll(
      fixture.cli("EVAL \"return redis.call('TTL', KEYS[1]) + tonumber(redis.call('TIME')[1])\" 1 "
                  "post:5:views"));
  const auto midnight = 86'400 * (std::stoll(day) + 1);
  CHECK(std::abs(end - midnight) <= 1);
  CHECK(std::stoi(fixture.cli("TTL post:5:total")) > 86'400);
  CHECK(fixture.cli("TTL views:pending") == "-1");
}

TEST_CASE("keys have the prefix of the installation") {
  ViewsFixture fixture;
  auto options = fixture.options();
  options.redis.prefix = "staging:";
  ViewRecorder recorder(fixture.database, options);
  record_one(recorder, 2, 5);
  CHECK(fixture.cli("LLEN staging:views:pending") == "3");
  CHECK(fixture.cli("SCARD staging:post:5:views") == "1");
  CHECK(fixture.cli("GET staging:post:5:total") == "1");
  CHECK(fixture.cli("EXISTS views:pending post:5:views post:5:total") == "0");
}

TEST_CASE("a user who comes again after midnight counts again") {
  ViewsFixture fixture;
  ViewRecorder today(fixture.database, fixture.options());
  auto options = fixture.options();
  options.clock_offset = 24h;
  ViewRecorder tomorrow(fixture.database, options);
  CHECK(described(record_one(today, 2, 5)) == "counted 1");
  fixture.cli("DEL post:5:views");  // as midnight does
  CHECK(described(record_one(tomorrow, 2, 5)) == "counted 2");
  CHECK(described(record_one(tomorrow, 2, 5)) == "repeated 2");
  const auto first = std::stoll(fixture.cli("LINDEX views:pending 0"));
  const auto second = std::stoll(fixture.cli("LINDEX views:pending 3"));
  CHECK(second - first >= 1);
  CHECK(second - first <= 2);  // where midnight passes between the two
  CHECK(fixture.flush().views == 2);
  CHECK(fixture.views_of(5) == 2);
}

TEST_CASE("a deleted post or user takes no views once the log has told") {
  ViewsFixture fixture;
  auto options = fixture.options();
  options.max_target_age = 24h;
  ViewRecorder recorder(fixture.database, options);
  record(recorder, 2, {5, 6});
  fixture.fresh.execute("UPDATE posts SET deleted_at = now() WHERE id = 5");
  const std::vector post_deleted{event_of(events::Type::post_deleted, 5)};
  recorder.on_events(post_deleted);
  CHECK(described(record(recorder, 2, {5, 6})) == "not found 0, repeated 1");

  fixture.fresh.execute("UPDATE users SET deleted_at = now() WHERE id = 2");
  const std::vector user_deleted{event_of(events::Type::user_deleted, 2)};
  recorder.on_events(user_deleted);
  CHECK(code_of(outcome_of(recorder, 2, {6})) == ErrorCode::not_found);

  CHECK(described(record_one(recorder, 3, 6)) == "counted 2");
  fixture.fresh.execute("UPDATE posts SET deleted_at = now() WHERE id = 6");
  recorder.on_gap();
  CHECK(described(record_one(recorder, 3, 6)) == "not found 0");
}

TEST_CASE("a suspended user records no view, and a suspended author's post takes none") {
  ViewsFixture fixture;
  auto options = fixture.options();
  options.max_target_age = 24h;
  ViewRecorder recorder(fixture.database, options);
  CHECK(described(record_one(recorder, 2, 5)) == "counted 1");
  const auto change = [&](Id user, bool suspended) {
    fixture.fresh.execute(
        "UPDATE users SET suspended_at = " + std::string(suspended ? "now()" : "NULL") +
        " WHERE id = " + std::to_string(user));
    const std::vector event{
        event_of(suspended ? events::Type::user_suspended : events::Type::user_reinstated, user)};
    recorder.on_events(event);
  };
  change(2, true);
  CHECK(code_of(outcome_of(recorder, 2, {5})) == ErrorCode::permission_denied);
  change(2, false);
  change(1, true);  // the author of post 5
  CHECK(described(record_one(recorder, 3, 5)) == "not found 0");
  change(1, false);
  CHECK(described(record_one(recorder, 3, 5)) == "counted 2");
}

TEST_CASE("a hidden post takes no views until it is shown again") {
  ViewsFixture fixture;
  auto options = fixture.options();
  options.max_target_age = 24h;
  ViewRecorder recorder(fixture.database, options);
  CHECK(described(record_one(recorder, 2, 5)) == "counted 1");
  const auto change = [&](const std::string& statement, events::Type type) {
    fixture.fresh.execute(statement);
    const std::vector event{event_of(type, 5)};
    recorder.on_events(event);
  };
  change("INSERT INTO hidden_posts (post_id) VALUES (5)", events::Type::post_hidden);
  CHECK(described(record_one(recorder, 3, 5)) == "not found 0");
  change("DELETE FROM hidden_posts", events::Type::post_unhidden);
  CHECK(described(record_one(recorder, 3, 5)) == "counted 2");
}

TEST_CASE("more views than may wait are refused at once, and those that wait are recorded") {
  ViewsFixture fixture;
  auto options = fixture.options();
  options.max_pending = 3;
  ViewRecorder recorder(fixture.database, options);
  Gate gate(recorder, 2, 9);
  std::promise<ViewRecorder::Outcome> first, second;
  recorder.submit(2, {1, 2}, false, [&](auto outcome) { first.set_value(std::move(outcome)); });
  recorder.submit(3, {1}, false, [&](auto outcome) { second.set_value(std::move(outcome)); });
  const auto refused = outcome_of(recorder, 4, {1});
  CHECK(code_of(refused) == ErrorCode::unavailable);
  CHECK(std::get<Error>(refused).retry_after().has_value());
  gate.open();
  CHECK(described(std::get<0>(first.get_future().get())) == "counted 1, counted 1");
  CHECK(described(std::get<0>(second.get_future().get())) == "counted 2");
  CHECK(described(record_one(recorder, 4, 1)) == "counted 3");
}

TEST_CASE("close records what waits, and later views are refused") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  Gate gate(recorder, 9, 9);
  std::atomic<int> counted{0};
  for (Id user = 2; user <= 8; ++user) {
    recorder.submit(user, {5}, false, [&](const ViewRecorder::Outcome& outcome) {
      if (std::get<0>(outcome).at(0).is_counted()) ++counted;
    });
  }
  std::thread closing([&] { recorder.close(); });
  // Each is a repetition, until the first is refused.
  const bool was_refused = eventually([&] {
    const auto is_refused = std::make_shared<std::atomic<bool>>(false);
    recorder.submit(2, {5}, false, [is_refused](const ViewRecorder::Outcome& outcome) {
      *is_refused = std::holds_alternative<Error>(outcome);
    });
    return is_refused->load();
  });
  gate.open();
  closing.join();
  CHECK(was_refused);
  CHECK(counted == 7);
  CHECK(fixture.cli("GET post:5:total") == "7");
  CHECK(code_of(outcome_of(recorder, 2, {6})) == ErrorCode::unavailable);
  recorder.close();
}

TEST_CASE("a recorder that was never used closes") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  recorder.close();
  CHECK(code_of(outcome_of(recorder, 2, {5})) == ErrorCode::unavailable);
}

TEST_CASE("a view that waited past its deadline is refused and not recorded") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  std::promise<ViewRecorder::Outcome> late, other;
  {
    Gate gate(recorder, 2, 5);
    recorder.submit(
        3, {5, 6}, false,
        [&](ViewRecorder::Outcome outcome) { late.set_value(std::move(outcome)); },
        Deadline(Deadline::Clock::time_point::min()));
    recorder.submit(4, {5}, false,
                    [&](ViewRecorder::Outcome outcome) { other.set_value(std::move(outcome)); });
  }
  const auto refused = late.get_future().get();
  REQUIRE(std::holds_alternative<Error>(refused));
  CHECK(std::get<Error>(refused).code() == ErrorCode::unavailable);
  CHECK(described(std::get<std::vector<views::Result>>(other.get_future().get())) == "counted 2");
  CHECK(fixture.cli("SISMEMBER post:5:views 3") == "0");
  CHECK(fixture.pending_views() == 2);
}
