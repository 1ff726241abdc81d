// Every row of the table of bad inputs that the front answers: its status, that it is a problem,
// and whether what follows on the connection is a request.
#include "support/hostile_requests.hpp"

#include "e2e/hostile_input/hostile_input_server.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace feedctl::hostile;
using test::RawResponse;

namespace {

void check_problem(const RawResponse& answer) {
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

void check_particulars(const HostileRequest& row, const RawResponse& answer) {
  if (row.number == 25) CHECK(answer.header("allow") == "GET, HEAD, OPTIONS");
  if (row.number == 26) CHECK_FALSE(answer.header("allow").empty());
  if (row.number == 27) CHECK(answer.count("access-control-allow-origin") == 0);
  if (row.number == 101) CHECK(answer.count("content-range") == 0);
}

void check_answer(const HostileRequest& row, test::RawClient& client) {
  const auto answer = read_final_response(client);
  REQUIRE(answer);
  INFO(answer->body);
  CHECK(answer->status == row.status);
  CHECK((answer->header("connection") == "close") == row.closes_connection);
  if (answer->status >= 400) check_problem(*answer);
  check_particulars(row, *answer);
}

// What follows is a request, or nothing.
void check_next(const HostileRequest& row, test::RawClient& client) {
  if (row.closes_connection) {
    CHECK(client.is_closed());
    return;
  }
  const auto next = read_final_response(client);
  REQUIRE(next);
  CHECK(next->status == 200);
}

}  // namespace

TEST_CASE(
    "every hostile request gets its response, and the connection stays open or closes as "
    "required") {
  HostileInputServer world;
  auto all = hostile_requests();
  for (auto& row : valid_requests()) all.push_back(row);
  for (const auto& row : all) {
    INFO("row " << row.number << ": " << row.description);
    auto client = world.client();
    client.send(row.bytes);
    check_answer(row, client);
    if (!row.closes_connection) client.send(valid_request());
    check_next(row, client);
  }
}

TEST_CASE(
    "a request pipelined with a hostile one is answered only where both ends are unambiguous") {
  HostileInputServer world;
  auto all = hostile_requests();
  for (auto& row : valid_requests()) all.push_back(row);
  for (const auto& row : all) {
    INFO("row " << row.number << ": " << row.description);
    auto client = world.client();
    client.send(row.bytes + valid_request());
    check_answer(row, client);
    check_next(row, client);
  }
}

TEST_CASE("the table contains every row number") {
  std::vector<bool> seen(102);
  for (const auto& row : hostile_requests()) seen[static_cast<std::size_t>(row.number)] = true;
  for (std::size_t number = 1; number <= 33; ++number) {
    INFO(number);
    const bool slow = number == 9 || number == 10;  // in slow_clients_test.cpp
    CHECK(seen[number] != slow);
  }
  CHECK(seen[100]);
  CHECK(seen[101]);
}
