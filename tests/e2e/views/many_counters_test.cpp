// A flush of very many counters is exact, in bounded memory: a hundred thousand; a million with
// FEEDCTL_LONG=1.
#include <algorithm>
#include <fstream>
#include <numeric>
#include <thread>

#include "e2e/views/view_world.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/long_mode.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;
using support::integer_in;

namespace {

constexpr Id first_content = 1000;
constexpr std::int64_t max_resident_bytes = 200'000'000;

std::int64_t impressions_of(Id content) {
  return content % 7 + 1;
}

void send_impressions_of(const ViewWorld& world, std::int64_t contents) {
  store::Database database(world.database_options());
  views::ImpressionSender sender(database, world.redis_options(), 900s);
  constexpr std::int64_t contents_per_batch = 5000;
  for (std::int64_t from = 0; from < contents; from += contents_per_batch) {
    std::vector<views::Impressions> counts;
    for (auto i = from; i < std::min(from + contents_per_batch, contents); ++i)
      counts.push_back({first_content + i, impressions_of(first_content + i)});
    send_impressions(sender, video_label, counts);
  }
}

// Every user views every post.
void view_all(const ViewWorld& world, const std::vector<Id>& posts) {
  store::Database database(world.database_options());
  views::ViewRecorder::Options options;
  options.redis = world.redis_options();
  options.max_target_age = 1h;
  views::ViewRecorder recorder(database, options);
  for (const auto user : world.users) {
    for (std::size_t from = 0; from < posts.size(); from += 500) {
      const auto begin = posts.begin() + static_cast<std::ptrdiff_t>(from);
      const auto size = std::min<std::size_t>(500, posts.size() - from);
      const auto results =
          record(recorder, user, {begin, begin + static_cast<std::ptrdiff_t>(size)});
      REQUIRE(std::all_of(results.begin(), results.end(),
                          [](const auto& result) { return result.is_counted(); }));
    }
  }
}

// The most memory that the process has had so far; 0 once it has ended.
std::int64_t peak_resident_bytes(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    std::int64_t kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

// flush-views in the background; its peak, as last seen before its end.
std::int64_t peak_of_flush(const ViewWorld& world) {
  support::BackgroundProcess flush({support::feedctl_binary(), "flush-views"}, world.run_options());
  std::int64_t peak = 0;
  std::optional<int> exit_code;
  while (!(exit_code = flush.wait(5ms))) peak = std::max(peak, peak_resident_bytes(flush.pid()));
  INFO(flush.output());
  CHECK(exit_code == 0);
  return peak;
}

}  // namespace

TEST_CASE("a flush of very many counters is exact and takes less than 200 MB") {
  const auto counters = support::rounds<std::int64_t>(100'000, 1'000'000);
  const support::FreshDatabase database;
  ViewWorld world(database, static_cast<int>(counters / 1000));
  const auto last_content = first_content + counters - 1;
  world.execute(
      "INSERT INTO contents (id, type, title) SELECT n, 'video', 'c' FROM "
      "generate_series(" +
      std::to_string(first_content) + ", " + std::to_string(last_content) + ") n");
  const auto posts = world.add_posts(1000);
  send_impressions_of(world, counters);
  view_all(world, posts);

  [[maybe_unused]] const auto peak = peak_of_flush(world);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which take more
  CHECK(peak > 0);
  CHECK(peak < max_resident_bytes);
#endif
  CHECK(world.is_redis_empty());
  CHECK(world.number("SELECT count(*) FROM contents WHERE id >= " + std::to_string(first_content) +
                     " AND counter <> id % 7 + 1") == 0);
  CHECK(world.totals().views == counters);
  CHECK(world.number("SELECT count(*) FROM post_views WHERE view_count = " +
                     std::to_string(world.users.size())) == 1000);
  world.check_consistent();
}
