// The verdict of drills from answers with their times: each promise kept and each one broken.
#include "loadtest/drill_verdict.hpp"

#include <algorithm>

#include "support/catch.hpp"

using namespace feedctl::loadtest;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr Clock::time_point start{};

// A second of the load has one request of each kind; the fault lasts from 10 to 20 s.
struct Load {
  Outcome reads = Outcome::ok, cached_reads = Outcome::ok, writes = Outcome::ok;
  bool has_retry_after = true;
  seconds recovery{0};  // the outcome of the fault goes on for so long
};

DrillEvidence evidence_of(Drill drill, const Load& load) {
  DrillEvidence evidence;
  evidence.drill = drill;
  evidence.fault_from = start + seconds{10};
  evidence.fault_to = start + seconds{20};
  evidence.checks = 100;
  evidence.is_verify_clean = true;
  for (int second = 0; second < 60; ++second) {
    const auto sent = start + seconds{second};
    const bool is_fault = second >= 10 && second < 20 + load.recovery.count();
    const auto add = [&](RequestKind kind, Outcome outcome) {
      const auto seen = is_fault ? outcome : Outcome::ok;
      evidence.answers.push_back({sent, sent + milliseconds{5}, kind, seen,
                                  seen == Outcome::unavailable && load.has_retry_after});
    };
    add(RequestKind::cached_read, load.cached_reads);
    add(RequestKind::read, load.reads);
    add(RequestKind::view, Outcome::ok);
    add(RequestKind::write, load.writes);
  }
  return evidence;
}

RowResult result_of(const DrillEvidence& evidence, const std::string& promise) {
  for (const auto& row : judge(evidence)) {
    if (row.requirement == promise || row.promise.find(promise) == 0) return row.result;
  }
  FAIL("no row: " + promise);
  return RowResult::fail;
}

const Load database_down{.reads = Outcome::unavailable, .writes = Outcome::unavailable};

}  // namespace

TEST_CASE("with the database down, refused writes and pages from memory pass") {
  const auto evidence = evidence_of(Drill::pg_down, database_down);
  CHECK(result_of(evidence, "S3-24") == RowResult::pass);
  CHECK(result_of(evidence, "S3-25") == RowResult::pass);
  CHECK(result_of(evidence, "S3-26") == RowResult::not_offered);
  CHECK_FALSE(has_failed(judge(evidence)));
}

TEST_CASE("writes that are acknowledged without a database, fail otherwise or lack Retry-After") {
  CHECK(result_of(evidence_of(Drill::pg_down, {}), "S3-24") == RowResult::fail);
  auto load = database_down;
  load.writes = Outcome::server_error;
  CHECK(result_of(evidence_of(Drill::pg_down, load), "S3-24") == RowResult::fail);
  load = database_down;
  load.has_retry_after = false;
  CHECK(result_of(evidence_of(Drill::pg_down, load), "S3-24") == RowResult::fail);
}

TEST_CASE("pages that are refused with the database down fail") {
  auto load = database_down;
  load.cached_reads = Outcome::unavailable;
  CHECK(result_of(evidence_of(Drill::pg_down, load), "S3-25") == RowResult::fail);
}

TEST_CASE("with the cache down every request is answered") {
  CHECK(result_of(evidence_of(Drill::redis_down, {}), "S3-27") == RowResult::pass);
  CHECK(result_of(evidence_of(Drill::redis_flush, {}), "S3-27") == RowResult::pass);
  CHECK(result_of(evidence_of(Drill::redis_down, {.reads = Outcome::timed_out}), "S3-27") ==
        RowResult::fail);
}

TEST_CASE("an answer of 4xx is an answer, and acknowledges nothing") {
  CHECK(result_of(evidence_of(Drill::redis_down, {.writes = Outcome::client_error}), "S3-27") ==
        RowResult::pass);
  const auto counts = count_during_fault(
      evidence_of(Drill::pg_down, {.writes = Outcome::client_error}), {RequestKind::write});
  CHECK(counts.sent == 10);
  CHECK(counts.client_errors == 10);
  CHECK(counts.ok == 0);
}

TEST_CASE("a recovery after more than 30 s fails") {
  auto load = database_down;
  load.recovery = seconds{20};
  CHECK(result_of(evidence_of(Drill::pg_down, load), "reads and writes work") == RowResult::pass);
  load.recovery = seconds{35};
  CHECK(result_of(evidence_of(Drill::pg_down, load), "reads and writes work") == RowResult::fail);
  load.recovery = seconds{1000};
  CHECK(result_of(evidence_of(Drill::pg_down, load), "reads and writes work") == RowResult::fail);
}

TEST_CASE("without workers the backlog grows, and it drains with more of them") {
  auto evidence = evidence_of(Drill::worker_kill, {});
  evidence.backlog_peak = 500;
  CHECK(result_of(evidence, "S3-28") == RowResult::pass);
  CHECK(result_of(evidence, "S3-29") == RowResult::fail);
  evidence.drained_after = milliseconds{900};
  CHECK(result_of(evidence, "S3-29") == RowResult::pass);
  evidence.backlog_end = 400;
  CHECK(result_of(evidence, "S3-29") == RowResult::fail);
  evidence.backlog_peak = 0;
  CHECK(result_of(evidence, "S3-28") == RowResult::fail);
}

TEST_CASE("a finding, an unclean verify and a drill without checks fail") {
  const std::string promise = "no acknowledged write is lost";
  auto evidence = evidence_of(Drill::restart, {});
  CHECK(result_of(evidence, promise) == RowResult::pass);
  evidence.findings = 1;
  CHECK(result_of(evidence, promise) == RowResult::fail);
  evidence = evidence_of(Drill::restart, {});
  evidence.is_verify_clean = false;
  CHECK(result_of(evidence, promise) == RowResult::fail);
  evidence = evidence_of(Drill::restart, {});
  evidence.checks = 0;
  CHECK(result_of(evidence, promise) == RowResult::fail);
}

TEST_CASE("an answer of 500 in a restart fails, a closed connection does not") {
  const std::string promise = "requests in flight";
  CHECK(result_of(evidence_of(Drill::restart, {.writes = Outcome::connection_lost}), promise) ==
        RowResult::pass);
  CHECK(result_of(evidence_of(Drill::restart, {.writes = Outcome::server_error}), promise) ==
        RowResult::fail);
}

TEST_CASE("a fault without traffic proves nothing") {
  auto evidence = evidence_of(Drill::redis_down, {});
  evidence.answers.clear();
  CHECK(result_of(evidence, "S3-27") == RowResult::fail);
}

TEST_CASE("requests are told apart by what they need") {
  CHECK(kind_of("GET /v1/feed?limit=5 HTTP/1.1\r\n") == RequestKind::cached_read);
  CHECK(kind_of("GET /v1/feed/hot HTTP/1.1\r\n") == RequestKind::cached_read);
  CHECK(kind_of("GET /feed/ HTTP/1.1\r\n") == RequestKind::cached_read);
  CHECK(kind_of("GET /v1/feed?min_token=x HTTP/1.1\r\n") == RequestKind::read);
  CHECK(kind_of("GET /v1/feed?limit=5&cursor=x HTTP/1.1\r\n") == RequestKind::read);
  CHECK(kind_of("GET /v1/posts/1 HTTP/1.1\r\n") == RequestKind::read);
  CHECK(kind_of("POST /v1/views/batch HTTP/1.1\r\n") == RequestKind::view);
  CHECK(kind_of("POST /v1/posts HTTP/1.1\r\n") == RequestKind::write);
  CHECK(kind_of("DELETE /v1/posts/1/likes HTTP/1.1\r\n") == RequestKind::write);
  CHECK(kind_of("") == RequestKind::write);
}

TEST_CASE("names of drills are read back") {
  CHECK(drill_names() ==
        std::vector<std::string>{"redis-down", "redis-flush", "pg-down", "worker-kill", "restart"});
  for (const auto& name : drill_names()) CHECK(name_of(parse_drill(name).value()) == name);
  CHECK_FALSE(parse_drill("pg-up").has_value());
}
