// Every row of the table of bad inputs that the front answers: its status, that it is a problem,
// and whether what follows on the connection is a request.
#include "hostile/rows.hpp"

#include "hostile/world.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace feedctl::hostile;
using test::Answer;

namespace {

void check_problem(const Answer& answer) {
  CHECK(answer.header("content-type") == "application/problem+json");
  CHECK(answer.header("x-content-type-options") == "nosniff");
  CHECK(answer.header("cache-control") == "no-store");
  CHECK(answer.count("server") == 0);
  CHECK_FALSE(answer.header("date").empty());
  const auto body = json::parse(answer.body);
  CHECK(support::integer_in(body, "status") == answer.status);
  CHECK(support::text_in(body, "type").rfind("/problems/", 0) == 0);
  CHECK(support::text_in(body, "instance") == answer.header("x-request-id"));
  CHECK(support::text_in(body, "error") == support::text_in(body, "detail"));
  CHECK_FALSE(support::text_in(body, "title").empty());
}

void check_particulars(const Row& row, const Answer& answer) {
  if (row.number == 25) CHECK(answer.header("allow") == "GET, HEAD, OPTIONS");
  if (row.number == 26) CHECK_FALSE(answer.header("allow").empty());
  if (row.number == 27) CHECK(answer.count("access-control-allow-origin") == 0);
  if (row.number == 101) CHECK(answer.count("content-range") == 0);
}

void check_answer(const Row& row, test::RawClient& client) {
  const auto answer = final_answer(client);
  REQUIRE(answer);
  INFO(answer->body);
  CHECK(answer->status == row.status);
  CHECK((answer->header("connection") == "close") == row.closes);
  if (answer->status >= 400) check_problem(*answer);
  check_particulars(row, *answer);
}

// What follows is a request, or nothing.
void check_next(const Row& row, test::RawClient& client) {
  if (row.closes) {
    CHECK(client.ends());
    return;
  }
  const auto next = final_answer(client);
  REQUIRE(next);
  CHECK(next->status == 200);
}

}  // namespace

TEST_CASE("every hostile request has its answer, and the connection goes on or ends as it must") {
  World world;
  auto all = rows();
  for (auto& row : framings()) all.push_back(row);
  for (const auto& row : all) {
    INFO("row " << row.number << ": " << row.what);
    auto client = world.client();
    client.send(row.bytes);
    check_answer(row, client);
    if (!row.closes) client.send(good());
    check_next(row, client);
  }
}

TEST_CASE("a request that comes with the hostile one is answered only where both ends are plain") {
  World world;
  auto all = rows();
  for (auto& row : framings()) all.push_back(row);
  for (const auto& row : all) {
    INFO("row " << row.number << ": " << row.what);
    auto client = world.client();
    client.send(row.bytes + good());
    check_answer(row, client);
    check_next(row, client);
  }
}

TEST_CASE("the numbers of the table are all here") {
  std::vector<bool> seen(102);
  for (const auto& row : rows()) seen[static_cast<std::size_t>(row.number)] = true;
  for (std::size_t number = 1; number <= 33; ++number) {
    INFO(number);
    const bool slow = number == 9 || number == 10;  // in slow_test.cpp
    CHECK(seen[number] != slow);
  }
  CHECK(seen[100]);
  CHECK(seen[101]);
}
