// Which commands may go out together, and who waits for whom.
#include "commands/conflict_queue.hpp"

#include <random>
#include <set>
#include <string>

#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::commands;

namespace {

PendingCommandPtr waiting(Id actor, Id object, const std::string& key = "") {
  auto made = std::make_shared<PendingCommand>();
  made->actor = actor;
  made->object = object;
  if (!key.empty()) made->key = IdempotencyKey{actor, key, "fp"};
  made->on_outcome = [](const Outcome&) {};
  return made;
}

// The rows as "actor/object"; a + for each further command that shares the row.
std::string text(const Batch& batch) {
  std::string all;
  for (const auto& row : batch.rows) {
    if (!all.empty()) all += ' ';
    all += std::to_string(row.front()->actor) + '/' + std::to_string(row.front()->object);
    all += std::string(row.size() - 1, '+');
  }
  return all;
}

ConflictQueue queue_of(const std::vector<PendingCommandPtr>& all) {
  ConflictQueue queue;
  for (const auto& one : all) REQUIRE(queue.push(one));
  return queue;
}

}  // namespace

TEST_CASE("commands of different pairs form one batch in order, up to the maximum") {
  auto queue = queue_of({waiting(1, 7), waiting(2, 7), waiting(1, 8), waiting(3, 7)});
  CHECK(text(queue.take_batch(3)) == "1/7 2/7 1/8");
  CHECK(queue.size() == 1);
  CHECK(text(queue.take_batch(3)) == "3/7");
  CHECK(queue.empty());
}

TEST_CASE("identical commands without keys share a row, and one with a key waits its turn") {
  auto queue =
      queue_of({waiting(1, 7), waiting(1, 7), waiting(1, 7, "a"), waiting(1, 7), waiting(2, 7)});
  CHECK(text(queue.take_batch(500)) == "1/7++ 2/7");
  CHECK(text(queue.take_batch(500)) == "1/7");
  CHECK(queue.empty());
}

TEST_CASE("commands without keys that wait behind one with a key share the next row") {
  auto queue = queue_of({waiting(1, 7, "a"), waiting(1, 7), waiting(1, 7), waiting(1, 7, "b")});
  CHECK(text(queue.take_batch(500)) == "1/7");
  CHECK(text(queue.take_batch(500)) == "1/7+");
  CHECK(text(queue.take_batch(500)) == "1/7");
  CHECK(queue.empty());
}

TEST_CASE("a statement holds a key once per user, whatever the command") {
  auto queue = queue_of({waiting(1, 7, "a"), waiting(1, 8, "a"), waiting(2, 7, "a"),
                         waiting(1, 7, "b"), waiting(1, 9, "b")});
  CHECK(text(queue.take_batch(500)) == "1/7 2/7 1/9");
  CHECK(text(queue.take_batch(500)) == "1/8 1/7");
  CHECK(queue.empty());
}

TEST_CASE("a command that waited behind another is executed before later arrivals") {
  auto queue = queue_of({waiting(1, 7, "a"), waiting(1, 7, "b"), waiting(2, 7), waiting(3, 7)});
  CHECK(text(queue.take_batch(1)) == "1/7");
  CHECK(text(queue.take_batch(500)) == "1/7 2/7 3/7");
}

TEST_CASE("the number of a user's blocked commands is limited, whatever their keys and pairs") {
  auto queue = queue_of({waiting(1, 7, "a"), waiting(1, 8, "b")});
  std::vector<PendingCommandPtr> behind;
  for (std::size_t i = 0; i < ConflictQueue::max_blocked_per_user; ++i) {
    const auto key = "k" + std::to_string(i);
    behind.push_back(i % 3 == 0   ? waiting(1, 7, key)
                     : i % 3 == 1 ? waiting(1, 100 + static_cast<Id>(i), "a")
                                  : waiting(1, 8));
    REQUIRE(queue.push(behind.back()));
  }
  CHECK_FALSE(queue.push(waiting(1, 7, "z")));
  CHECK_FALSE(queue.push(waiting(1, 9, "b")));
  CHECK_FALSE(queue.push(waiting(1, 7)));
  CHECK(queue.push(waiting(1, 9, "c")));  // conflicts with no other command
  CHECK(queue.push(waiting(1, 10)));
  for (Id user = 2; user < 20; ++user) CHECK(queue.push(waiting(user, 7, "a")));
  CHECK(queue.size() == 2 + ConflictQueue::max_blocked_per_user + 2 + 18);
  behind[0]->time_out();
  CHECK(queue.push(waiting(1, 7, "z")));
  CHECK_FALSE(queue.push(waiting(1, 7, "y")));
}

TEST_CASE("all pending commands are executed once, and never two conflicting ones together") {
  std::mt19937 random(7);
  const auto below = [&](int bound) { return static_cast<int>(random() % unsigned(bound)); };
  ConflictQueue queue;
  std::size_t pushed = 0, expired = 0, refused = 0, out = 0;
  for (int round = 0; round < 2000; ++round) {
    for (int i = below(30); i > 0; --i) {
      const auto one =
          waiting(below(4), 100 + below(5), below(2) == 0 ? "" : "k" + std::to_string(below(6)));
      ++(queue.push(one) ? pushed : refused);
      if (below(10) == 0 && !one->is_completed()) {
        one->time_out();
        expired += 1;
      }
    }
    const auto batch = queue.take_batch(static_cast<std::size_t>(1 + below(8)));
    std::set<std::pair<Id, Id>> pairs;
    std::set<std::pair<Id, std::string>> keys;
    for (const auto& row : batch.rows) {
      const auto& first = *row.front();
      CHECK(pairs.emplace(first.actor, first.object).second);
      if (first.key) CHECK(keys.emplace(first.actor, first.key->hash).second);
      if (row.size() > 1) CHECK_FALSE(first.key);
      out += row.size();
    }
  }
  while (!queue.empty()) {
    const auto before = queue.size();
    for (const auto& row : queue.take_batch(3).rows) out += row.size();
    REQUIRE(queue.size() < before);
  }
  CHECK(refused > 0);
  CHECK(out <= pushed);
  CHECK(out + expired >= pushed);
}

TEST_CASE("an expired command is not executed") {
  const std::vector<PendingCommandPtr> all{waiting(1, 7), waiting(1, 7), waiting(2, 7)};
  auto queue = queue_of(all);
  all[0]->time_out();
  all[2]->time_out();
  CHECK(text(queue.take_batch(500)) == "1/7");
  CHECK(queue.empty());
}

TEST_CASE("a command is answered by the first completion only") {
  std::vector<std::string> said;
  auto one = waiting(1, 7);
  one->on_outcome = [&](const Outcome& outcome) {
    said.push_back(std::get<Error>(outcome).what());
  };
  CHECK(one->try_claim());
  one->time_out();
  one->time_out();
  one->complete(Error(ErrorCode::internal, "late"));
  CHECK(one->is_completed());
  CHECK_FALSE(one->try_claim());
  REQUIRE(said.size() == 1);
  CHECK(said[0] == "not done in time, but may still take effect: try again");
}
