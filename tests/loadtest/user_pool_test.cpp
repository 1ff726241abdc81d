#include "loadtest/user_pool.hpp"

#include <cmath>
#include <random>

#include "base/error.hpp"
#include "loadtest/user_files.hpp"
#include "support/catch.hpp"
#include "support/error_code.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::loadtest;

namespace {

std::vector<LoadUser> users(std::size_t count) {
  std::vector<LoadUser> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back({static_cast<Id>(i + 1)});
  return all;
}

std::vector<int> pick_counts(const UserPool& pool, int picks) {
  std::mt19937_64 random(1);
  std::vector<int> counts(pool.size());
  for (int i = 0; i < picks; ++i) ++counts.at(pool.pick(random()));
  return counts;
}

// The sum over all ranks of (picked - expected)^2 / expected.
double chi_square(const std::vector<int>& counts, int picks, double exponent) {
  double sum = 0, distance = 0;
  for (std::size_t rank = 1; rank <= counts.size(); ++rank)
    sum += std::pow(static_cast<double>(rank), -exponent);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = picks * std::pow(static_cast<double>(i + 1), -exponent) / sum;
    distance += std::pow(counts[i] - expected, 2) / expected;
  }
  return distance;
}

std::string message_of(const std::string& text) {
  const support::TempFolder folder;
  try {
    read_users_file(folder.write("users", text).string());
  } catch (const Error& error) {
    const std::string message = error.what();
    return message.substr(message.rfind("/users") + 1);
  }
  return "no error";
}

}  // namespace

TEST_CASE("users are picked by the law of Zipf") {
  // With 99 degrees of freedom chi-square is above 170 once in a hundred thousand times; the
  // numbers are the same in each run.
  for (const double exponent : {0.0, 0.8, 1.0, 2.0}) {
    constexpr int picks = 200'000;
    const UserPool pool(users(100), exponent);
    INFO(exponent);
    CHECK(chi_square(pick_counts(pool, picks), picks, exponent) < 170);
  }
}

TEST_CASE("every value of the random bits picks a user") {
  for (const std::size_t count : {1, 2, 3, 1000}) {
    const UserPool pool(users(count), 0.8);
    for (const std::uint64_t bits :
         {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{0xffffffff}, std::uint64_t{1} << 63})
      CHECK(pool.pick(bits) < count);
    CHECK(pool[0].id == 1);
  }
}

TEST_CASE("a pool may be empty") {
  const UserPool pool({}, 0.8);
  CHECK(pool.empty());
  CHECK(pool.size() == 0);
}

TEST_CASE("users are read from ids and from JSON lines") {
  const support::TempFolder folder;
  const auto file = folder.write("users",
                                 "# mine\n42\n\n{\"user_id\": 43, \"token\": \"ey.a-b_c\"}\r\n"
                                 "{\"id\": \"44\", \"name\": \"x\"}\n");
  const auto read = read_users_file(file.string());
  REQUIRE(read.size() == 3);
  CHECK(read[0].id == 42);
  CHECK(read[0].token.empty());
  CHECK(read[1].id == 43);
  CHECK(read[1].token == "ey.a-b_c");
  CHECK(read[2].id == 44);
}

TEST_CASE("bad lines of users are refused with their numbers") {
  CHECK(message_of("1\nada\n") == "users:2: expects a line such as an id, or {\"user_id\": 42}");
  CHECK(message_of("1\n2\n-3\n").rfind("users:3:", 0) == 0);
  CHECK(message_of("{\"user_id\": 0}\n").rfind("users:1:", 0) == 0);
  CHECK(message_of("{\"user_id\": 1,\n").rfind("users:1:", 0) == 0);
  CHECK(message_of("{\"user_id\": 1, \"token\": \"a\\r\\nX: 1\"}\n").rfind("users:1:", 0) == 0);
  CHECK(message_of(std::string(20'000, '1')).rfind("users:1:", 0) == 0);
  CHECK(message_of("1\n" + std::string(20'000, '1') + "\n2\n").rfind("users:2:", 0) == 0);
  CHECK(message_of("# none\n").rfind("users has no line", 0) == 0);
}

TEST_CASE("a line of users without an end is refused in bounded memory") {
  CHECK(support::error_code_of([] { read_users_file("/dev/zero"); }) == ErrorCode::bad_data);
}

TEST_CASE("a file of tokens needs one in each line, and a file that is there") {
  const support::TempFolder folder;
  const auto file = folder.write("tokens", "{\"user_id\": 1}\n");
  CHECK(support::error_code_of([&] { read_tokens_file(file.string()); }) == ErrorCode::bad_data);
  CHECK(support::error_code_of([&] { read_tokens_file(file.string() + "x"); }) == ErrorCode::usage);
  CHECK(support::error_code_of([&] { read_users_file(folder.path().string()); }) ==
        ErrorCode::usage);
}
