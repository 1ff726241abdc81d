// What a store that does not answer costs the other jobs of a priority.
#include "media/job_breaker.hpp"

#include "base/error.hpp"
#include "media_worker_fixture.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

struct BreakerFixture : MediaWorkerFixture {
  BreakerFixture() {
    handlers = breaker.guard(std::move(handlers));
    handlers["other"] = [this](events::UnitOfWork&, const jobs::Job&) {
      ++others;
      return jobs::Chunk{};
    };
    state.skipped_kinds = [this] {
      return breaker.is_open() ? std::vector<std::string>{media::process_kind}
                               : std::vector<std::string>{};
    };
    make_thumbnails = [this](const FileSlice&, std::span<const std::uint32_t>,
                             Deadline) -> images::Thumbnails {
      ++tries;
      time += took;
      throw Error(code, "the store does not answer");
    };
  }
  // As a runner does; a job that failed is due again at once.
  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      sql("UPDATE jobs SET not_before = now() - interval '1 second' RETURNING 1");
      jobs::run_one(database, jobs::Priority::bulk, handlers, state);
    }
  }
  void add_other() {
    sql("INSERT INTO jobs (kind, lane, subject, not_before) "
        "VALUES ('other', 1, 1, now()) RETURNING 1");
  }

  media::JobBreaker::Clock::time_point time = media::JobBreaker::Clock::now();
  std::chrono::seconds took = 20s;
  ErrorCode code = ErrorCode::unavailable;
  int tries = 0, others = 0;
  media::JobBreaker breaker{[this] { return time; }};
  jobs::RunnerState state;
  Id author = add_user("ann");
};

}  // namespace

TEST_CASE("of many images one waits for a store that does not answer, and other jobs go on") {
  BreakerFixture world;
  for (int i = 0; i < 5; ++i) world.upload_image(world.add_post(world.author));
  world.run(1);
  world.add_other();
  world.run(10);
  CHECK(world.tries == 1);
  CHECK(world.others == 1);
  CHECK(world.count("jobs WHERE kind = 'media.process' AND attempts = 0 AND crashes = 0") == 5);
}

TEST_CASE("the store is tried again after three times as long as it took, at least a second") {
  BreakerFixture world;
  world.upload_image(world.add_post(world.author));
  struct Row {
    std::chrono::seconds took, pause;
  };
  for (const auto& [took, pause] : {Row{15s, 45s}, Row{0s, 1s}, Row{3600s, 60s}}) {
    INFO(took.count());
    world.took = took;
    world.tries = 0;
    world.run(2);
    CHECK(world.tries == 1);
    world.time += pause - 1ms;
    world.run(1);
    CHECK(world.tries == 1);
    world.time += 1ms;
    CHECK_FALSE(world.breaker.is_open());
  }
}

TEST_CASE("an image that cannot be processed holds up no other") {
  BreakerFixture world;
  world.code = GENERATE(ErrorCode::internal, ErrorCode::unprocessable);
  world.upload_image(world.add_post(world.author));
  world.run(1);
  CHECK(world.tries == 1);
  CHECK_FALSE(world.breaker.is_open());
}
