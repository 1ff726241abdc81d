// feedctl media gc|verify, and workers that are killed while they remove media.
#include <csignal>

#include "media_worker_fixture.hpp"
#include "support/json.hpp"
#include "support/process.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

struct CommandFixture : MediaWorkerFixture {
  support::RunResult feedctl(std::vector<std::string> arguments, bool has_store = true) const {
    support::RunOptions options;
    options.environment = {"FEEDCTL_DATABASE_URL=" + fresh.url().reveal(), "FEEDCTL_CONFIG",
                           "MEDIA_DIRECTORY", "S3_ENDPOINT"};
    if (has_store)
      arguments.insert(arguments.end(), {"--set", "media.directory=" + folder.path().string()});
    return support::run_feedctl(arguments, options);
  }
  support::Settings settings() const { return {{"media.directory", folder.path().string()}}; }

  Id author = add_user("ann");
  Id post = add_post(author);
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("media gc prints what it removed, and what it would remove") {
  CommandFixture world;
  world.upload_image(world.post);
  world.put(media::object_key({media::Kind::post_image, world.post}, std::string(64, 'b'), 4711,
                              images::Format::png),
            "an image without a row");
  const auto young = world.feedctl({"media", "gc", "-o", "json"});
  CHECK(young.exit_code == 0);
  CHECK(contains(young.out, "\"unreferenced\":0,"));
  const auto dry = world.feedctl({"media", "gc", "--grace", "0s", "--dry-run", "-o", "json"});
  INFO(dry.out << dry.err);
  CHECK(dry.exit_code == 0);
  CHECK(contains(dry.out, "\"objects\":2,"));
  CHECK(contains(dry.out, "\"unreferenced\":1,"));
  CHECK(contains(dry.out, "\"dry_run\":true"));
  CHECK(world.keys().size() == 2);
  const auto refused = world.feedctl({"media", "gc", "--grace", "59s"});
  CHECK(refused.exit_code == 64);
  CHECK(contains(refused.err, "--force"));
  CHECK(world.keys().size() == 2);
  CHECK(world.feedctl({"media", "gc", "--grace", "0s", "--force"}).exit_code == 0);
  CHECK(world.keys().size() == 1);
  CHECK(world.feedctl({"media", "gc", "--resume"}).exit_code == 1);
}

TEST_CASE("media verify answers by its exit code") {
  CommandFixture world;
  const auto image = world.upload_image(world.post);
  world.run_jobs();
  CHECK(world.feedctl({"media", "verify"}).exit_code == 0);
  world.directory.remove(media::thumbnail_key(world.key_of(image), 320), Deadline::after(5min));
  const auto drift = world.feedctl({"media", "verify", "-o", "json"});
  INFO(drift.out << drift.err);
  CHECK(drift.exit_code == 3);
  CHECK(contains(drift.out, "\"invariant\":\"I8\""));
  CHECK(contains(drift.err, "--repair"));
  CHECK(world.feedctl({"media", "verify", "--repair", "--dry-run"}).exit_code == 3);
  CHECK(world.state_of(image) == "2");
  CHECK(world.feedctl({"media", "verify", "--repair"}).exit_code == 0);
  CHECK(world.state_of(image) == "1");
  CHECK(world.feedctl({"media", "verify", "--drop-lost"}).exit_code == 64);
}

TEST_CASE("commands of media say what is missing, and that another one runs") {
  CommandFixture world;
  for (const std::string& command : {std::string("gc"), std::string("verify")}) {
    const auto off = world.feedctl({"media", command}, false);
    CHECK(off.exit_code == 78);
    CHECK(contains(off.err, "media.directory"));
    store::Session other(world.database.options());
    const store::Query lock{"test.lock",
                            "SELECT pg_advisory_lock(hashtextextended('feedctl.media_' || $1, 0))"};
    other.run(lock, store::params(command));
    CHECK(world.feedctl({"media", command}).exit_code == 75);
  }
}

TEST_CASE("a worker without a store leaves jobs of media to others") {
  CommandFixture world;
  const auto image = world.upload_image(world.post);
  world.remove_image(world.post, world.author);
  CHECK(world.count("jobs") == 2);
  // A job of each priority that it can run comes after them.
  for (const char* lane : {"1", "2"}) {
    world.sql("INSERT INTO jobs (kind, lane, subject) VALUES ('remove_likes', " +
              std::string(lane) + ", 1) RETURNING 1");
  }
  {
    support::WorkerProcesses worker(world.fresh, 1);
    CHECK(
        support::eventually([&] { return world.count("jobs WHERE kind = 'remove_likes'") == 0; }));
    CHECK(worker.stop(0) == 0);
  }
  CHECK(world.count("jobs WHERE kind LIKE 'media.%' AND attempts = 0 AND crashes = 0 AND "
                    "claimed_until IS NULL AND error IS NULL") == 2);
  CHECK(world.count("media WHERE id = " + std::to_string(image)) == 1);
}

#ifdef FEEDCTL_FAILPOINTS
TEST_CASE("a worker that is killed while it removes media loses nothing: the next one ends it") {
  CommandFixture world;
  const auto kill = GENERATE(as<std::string>{}, "media.remove.object=kill",
                             "media.remove.object=kill@2", "media.remove.row=kill");
  world.upload_image(world.post);
  world.run_jobs();
  world.posts.remove(world.post, world.author, false);
  {
    support::WorkerProcesses killed(world.fresh, 1, world.settings(), kill);
    CHECK(support::eventually([&] { return !killed.is_running(0); }));
  }
  CHECK(world.count("media") == 1);
  support::WorkerProcesses worker(world.fresh, 1, world.settings());
  CHECK(support::eventually([&] { return world.count("media") == 0; }));
  CHECK(world.keys().empty());
  CHECK(worker.stop(0) == 0);
  CHECK(world.findings() == "");
}
#endif
