// Which commands may go out together.
#include "commands/waiting.hpp"

#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::commands;

namespace {

WaitingPtr waiting(Id actor, Id object, const std::string& key = "") {
  auto made = std::make_shared<Waiting>();
  made->actor = actor;
  made->object = object;
  if (!key.empty()) made->key = Key{actor, key, "fp"};
  made->done = [](const Outcome&) {};
  return made;
}

// The rows as "actor/object", those that share one with a + each.
std::string text(const Batch& batch) {
  std::string all;
  for (const auto& row : batch.rows) {
    if (!all.empty()) all += ' ';
    all += std::to_string(row.front()->actor) + '/' + std::to_string(row.front()->object);
    all += std::string(row.size() - 1, '+');
  }
  return all;
}

}  // namespace

TEST_CASE("commands of different pairs go out together, in their order, up to the most") {
  std::deque<WaitingPtr> queue{waiting(1, 7), waiting(2, 7), waiting(1, 8), waiting(3, 7)};
  CHECK(text(gather(queue, 3)) == "1/7 2/7 1/8");
  CHECK(text(gather(queue, 3)) == "3/7");
  CHECK(queue.empty());
}

TEST_CASE("identical commands without keys share a row, and one with a key waits its turn") {
  std::deque<WaitingPtr> queue{waiting(1, 7), waiting(1, 7), waiting(1, 7, "a"), waiting(1, 7),
                               waiting(2, 7)};
  CHECK(text(gather(queue, 500)) == "1/7++ 2/7");
  CHECK(text(gather(queue, 500)) == "1/7");
  CHECK(queue.empty());
}

TEST_CASE("a key is once in a statement, whatever it is for, but once for each user") {
  std::deque<WaitingPtr> queue{waiting(1, 7, "a"), waiting(1, 8, "a"), waiting(2, 7, "a"),
                               waiting(1, 7, "b"), waiting(1, 9, "b")};
  CHECK(text(gather(queue, 500)) == "1/7 2/7 1/9");
  CHECK(text(gather(queue, 500)) == "1/8 1/7");
}

TEST_CASE("whose time is over does not go out") {
  std::deque<WaitingPtr> queue{waiting(1, 7), waiting(1, 7), waiting(2, 7)};
  queue[0]->expire();
  queue[2]->expire();
  CHECK(text(gather(queue, 500)) == "1/7");
  CHECK(queue.empty());
}

TEST_CASE("whoever is first answers, and nobody after") {
  std::vector<std::string> said;
  auto one = waiting(1, 7);
  one->done = [&](const Outcome& outcome) { said.push_back(std::get<Error>(outcome).what()); };
  CHECK(one->goes_out());
  one->expire();
  one->expire();
  one->answer(Error(ErrorCode::internal, "late"));
  CHECK(one->answered());
  CHECK_FALSE(one->goes_out());
  REQUIRE(said.size() == 1);
  CHECK(said[0] == "not done in time, and may still be: try again");
}
