// The decorator of --check: its share of the arrivals, and the pages of other traffic.
#include "loadtest/answer_checker.hpp"

#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::loadtest;

namespace {

constexpr std::uint16_t check_operation = 7;

// Always asks for the same path.
class OneRequest : public RequestSource {
 public:
  explicit OneRequest(std::string path) : path_(std::move(path)) {}
  bool next(PlannedRequest& request) override {
    request.bytes = "GET " + path_ + " HTTP/1.1\r\nHost: h\r\n\r\n";
    request.operation = 1;
    request.context = 5;
    return true;
  }
  Outcome on_answer(const PlannedRequest& request, const Answer& answer) override {
    last_context = request.context;
    return answer.outcome;
  }
  std::uint64_t last_context = 0;

 private:
  std::string path_;
};

std::string post_json(Id id, double score = 0) {
  return "{\"id\":" + std::to_string(id) +
         ",\"author_id\":1,\"like_count\":0,\"view_count\":0,\"score\":" + std::to_string(score) +
         "}";
}

std::string page_json(const std::string& posts) {
  return "{\"posts\":[" + posts + "],\"next_cursor\":null}";
}

struct Checked {
  Outcome outcome;
  std::vector<std::string> findings;
};

// What becomes of an answer to traffic that asks for `path`.
Checked check(const std::string& path, const std::string& body, int status = 200,
              Outcome outcome = Outcome::ok) {
  CheckLog log;
  AnswerChecker checker(std::make_unique<OneRequest>(path), {.host = "h", .share = 0}, log);
  PlannedRequest request;
  REQUIRE(checker.next(request));
  Answer answer;
  answer.outcome = outcome;
  answer.status = status;
  answer.body = body;
  answer.headers = "x-request-id: r9\r\n";
  answer.received = Clock::now();
  return {checker.on_answer(request, answer), log.findings()};
}

}  // namespace

TEST_CASE("a share of the arrivals goes to the scripts") {
  CheckLog log;
  AnswerChecker checker(std::make_unique<OneRequest>("/v1/feed"),
                        {.host = "h", .operation = check_operation, .share = 0.25, .sessions = 100},
                        log);
  PlannedRequest request;
  int checks = 0;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(checker.next(request));
    checks += request.operation == check_operation ? 1 : 0;
  }
  CHECK(checks == 25);
}

TEST_CASE("while all scripts wait for answers the traffic takes their share") {
  CheckLog log;
  AnswerChecker checker(std::make_unique<OneRequest>("/v1/feed"),
                        {.host = "h", .operation = check_operation, .share = 0.5, .sessions = 2},
                        log);
  PlannedRequest request;
  int checks = 0;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(checker.next(request));
    checks += request.operation == check_operation ? 1 : 0;
  }
  CHECK(checks == 2);
}

TEST_CASE("answers come back to the source that asked") {
  CheckLog log;
  auto traffic = std::make_unique<OneRequest>("/v1/users/1");
  const auto* source = traffic.get();
  AnswerChecker checker(std::move(traffic), {.host = "h", .share = 0}, log);
  PlannedRequest request;
  checker.next(request);
  Answer answer;
  answer.outcome = Outcome::client_error;
  answer.status = 404;
  CHECK(checker.on_answer(request, answer) == Outcome::client_error);
  CHECK(source->last_context == 5);
}

TEST_CASE("a home page in order is right") {
  const auto checked =
      check("/v1/feed?limit=3", page_json(post_json(3) + "," + post_json(2) + "," + post_json(1)));
  CHECK(checked.outcome == Outcome::ok);
  CHECK(checked.findings.empty());
}

TEST_CASE("a home page that is not newest first is wrong") {
  for (const char* path : {"/v1/feed", "/feed/", "/v1/feed?limit=2"}) {
    const auto checked = check(path, page_json(post_json(2) + "," + post_json(3)));
    CHECK(checked.outcome == Outcome::wrong);
    REQUIRE(checked.findings.size() == 1);
    CHECK(checked.findings[0].find("post 3 stands below the older post 2 (request r9)") !=
          std::string::npos);
  }
}

TEST_CASE("a post that stands twice on a page is found") {
  const auto twice = page_json(post_json(2, 9) + "," + post_json(2, 9));
  for (const char* path : {"/v1/feed", "/v1/feed/hot?limit=2"}) {
    const auto checked = check(path, twice);
    CHECK(checked.outcome == Outcome::wrong);
    REQUIRE(checked.findings.size() == 1);
    CHECK(checked.findings[0].find("post 2 stands twice") != std::string::npos);
  }
}

TEST_CASE("scores of the hot feed must not rise") {
  CHECK(check("/v1/feed/hot", page_json(post_json(2, 5) + "," + post_json(3, 5))).findings.empty());
  CHECK(check("/v1/feed/hot", page_json(post_json(2, 5) + "," + post_json(3, 6))).outcome ==
        Outcome::wrong);
}

TEST_CASE("failed answers, other routes and 304 are not read") {
  const auto wrong = page_json(post_json(2) + "," + post_json(3));
  CHECK(check("/v1/feed", "", 503, Outcome::unavailable).outcome == Outcome::unavailable);
  CHECK(check("/v1/feed", "", 304).outcome == Outcome::ok);
  CHECK(check("/v1/users/1/posts", wrong).outcome == Outcome::ok);
}

TEST_CASE("beyond a hundred, findings are counted and not kept") {
  CheckLog log;
  for (int i = 0; i < 150; ++i) log.add_finding(std::to_string(i));
  CHECK(log.findings().size() == CheckLog::max_findings);
  CHECK(log.findings().front() == "0");
  CHECK(log.finding_count() == 150);
}
