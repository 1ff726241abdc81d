#include "loadtest/result_json.hpp"

#include <cmath>
#include <string>

#include "base/error.hpp"
#include "example_result.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"

namespace feedctl::loadtest {

namespace {

using testing::example_result;

// What read_json() says of a text; "" where it reads it.
std::string refusal_of(const std::string& text) {
  try {
    read_json(text, "out.json");
    return "";
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::bad_data);
    CHECK(error.hint() != "");
    return error.what();
  }
}

// The example's document with one part replaced.
std::string example_with(const std::string& part, const std::string& replacement) {
  auto text = write_json(example_result());
  const auto at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), replacement);
}

}  // namespace

TEST_CASE("a result that is written and read is the same result") {
  auto result = example_result();
  result.findings = {"request 7: a post twice"};
  result.notes = {"no metrics"};
  result.skipped_arrivals = 5;
  result.was_interrupted = true;
  result.server[3].values["odd"] = -1.5;
  const auto text = write_json(result);
  const auto read = read_json(text, "out.json");
  CHECK(write_json(read) == text);
  CHECK(read.started_at == result.started_at);
  CHECK(read.operations[1].outcomes == result.operations[1].outcomes);
  CHECK(read.operations[0].latency.buckets() == result.operations[0].latency.buckets());
  CHECK(read.intervals.back().outcomes == result.intervals.back().outcomes);
  CHECK(read.server[3].values == result.server[3].values);
  CHECK(read.findings == result.findings);
  CHECK(read.notes == result.notes);
  CHECK(read.labels == result.labels);
}

TEST_CASE("the summary of a result is there for scripts") {
  const auto result = example_result();
  const auto document = json::parse(write_json(result));
  const auto& summary = support::member_in(document, "summary");
  CHECK(support::integer_in(summary, "requests") == 12000);
  CHECK(support::integer_in(summary, "errors") == 12);
  CHECK(support::integer_in(summary, "p99_us") == total(result).latency.percentile(0.99).count());
  CHECK(support::integer_in(document, "feedctl_loadtest") == 1);
}

TEST_CASE("in the closed model the summary has the times from sending") {
  auto result = example_result();
  result.model = "closed";
  for (auto& operation : result.operations) operation.latency.clear();
  const auto document = json::parse(write_json(result));
  CHECK(support::integer_in(support::member_in(document, "summary"), "p50_us") ==
        total(result).service_time.percentile(0.5).count());
}

TEST_CASE("a measured value that is not finite is null") {
  auto result = example_result();
  result.slos[0].measured = std::nan("");
  const auto text = write_json(result);
  CHECK(text.find("\"measured\":null") != std::string::npos);
  CHECK(std::isnan(read_json(text, "out.json").slos[0].measured));
}

TEST_CASE("members that this version does not know are ignored") {
  CHECK(refusal_of(example_with("\"model\"", "\"added_later\":[1,{}],\"model\"")) == "");
}

TEST_CASE("what is not a result is refused, with its name and the place") {
  CHECK(refusal_of("").find("out.json: it is no JSON: ") == 0);
  CHECK(refusal_of("[]") == "out.json: it must be an object");
  CHECK(refusal_of("{}") ==
        "out.json: feedctl_loadtest is missing: it is not the result of a load test");
  CHECK(refusal_of("{\"feedctl_loadtest\":2}") ==
        "out.json: feedctl_loadtest is 2, but this feedctl reads version 1");
  CHECK(refusal_of(example_with("\"open\"", "\"half\"")) ==
        "out.json: model must be open or closed");
  CHECK(refusal_of(example_with("2026-05-01T12:00:00Z", "yesterday")).find("started_at") !=
        std::string::npos);
  CHECK(refusal_of(example_with("\"threads\"", "\"thread\"")) == "out.json: threads is missing");
}

TEST_CASE("malformed numbers are refused") {
  CHECK(refusal_of(example_with("\"threads\":1", "\"threads\":1.5")) ==
        "out.json: threads must be a whole number from 0 to 1000000");
  CHECK(refusal_of(example_with("\"threads\":1", "\"threads\":-1")) != "");
  CHECK(refusal_of(example_with("\"duration_ms\":60000", "\"duration_ms\":1e300")) != "");
  CHECK(refusal_of(example_with("\"duration_ms\":60000", "\"duration_ms\":99999999999999")) != "");
  CHECK(refusal_of(example_with("\"skipped_arrivals\":0", "\"skipped_arrivals\":\"0\"")) != "");
  CHECK(refusal_of(example_with("\"planned_rate\":200", "\"planned_rate\":-1")) ==
        "out.json: intervals[0].planned_rate must be a number of at least 0");
  CHECK(refusal_of(example_with("\"throttled\":12", "\"throtled\":12")) ==
        "out.json: operations[1].outcomes has an outcome that this feedctl does not know");
}

TEST_CASE("malformed histograms are refused") {
  CHECK(refusal_of(example_with("\"buckets\":[[", "\"buckets\":[[999999999,1],["))
            .find("operations[0].latency is wrong: ") != std::string::npos);
  CHECK(refusal_of(example_with("\"buckets\":[[", "\"buckets\":[[1],[")) != "");
  CHECK(refusal_of(example_with("\"buckets\":[[", "\"buckets\":[[1,0],[")) != "");
  CHECK(refusal_of(example_with("\"buckets\":[[", "\"buckets\":[[1,9007199254740992],[")) ==
        "out.json: operations[0].latency.buckets counts more values than a run can have");
  CHECK(refusal_of(example_with("\"buckets\":[[", "\"buckets\":[[1,1],[1,1],[")) != "");
}

TEST_CASE("seconds must ascend") {
  CHECK(refusal_of(
            example_with("{\"second\":1,\"planned_rate\"", "{\"second\":0,\"planned_rate\"")) ==
        "out.json: intervals must be in the order of their seconds");
}

TEST_CASE("a document that is too large is refused before it is parsed") {
  CHECK(refusal_of(std::string(max_result_bytes + 1, ' ')) ==
        "out.json: it has more than 64 MiB, which no result has");
  CHECK(refusal_of("[" + std::string(8'000'001, ',') + "]") ==
        "out.json: it has more than 8,000,000 values, which no result has");
}

}  // namespace feedctl::loadtest
