#include "hot/ranking_snapshot.hpp"

#include "hot/snapshot_history.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

hot::RankingSnapshotPtr snapshot(std::int64_t as_of, std::vector<hot::RankedPost> posts) {
  return std::make_shared<hot::RankingSnapshot>(
      hot::RankingSnapshot{from_unix_us(as_of), "10:20:11,12", std::move(posts)});
}

}  // namespace

TEST_CASE("a snapshot round-trips through its text") {
  for (const auto& posts :
       {std::vector<hot::RankedPost>{}, std::vector<hot::RankedPost>{{42, 7}, {41, 0}}}) {
    const auto before = snapshot(1234567, posts);
    const auto after = hot::parse_snapshot(hot::serialize(*before));
    REQUIRE(after);
    CHECK(after->as_of == before->as_of);
    CHECK(after->log_position == before->log_position);
    CHECK(after->posts == before->posts);
  }
}

TEST_CASE("text that is truncated or of another version is not parsed as a snapshot") {
  const auto whole = hot::serialize(*snapshot(1234567, {{42, 7}, {41, 0}}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto cut = whole.substr(0, size);
    INFO(cut);
    const bool at_line = size > 0 && cut.back() == '\n';
    CHECK((hot::parse_snapshot(cut) == nullptr) != at_line);
  }
  CHECK_FALSE(hot::parse_snapshot("2" + whole.substr(1)));
  CHECK_FALSE(hot::parse_snapshot("1 5 1:1:\n42 seven\n"));
  CHECK_FALSE(hot::parse_snapshot("1 5 1:1:\n99999999999999999999 1\n"));
}

TEST_CASE("recent snapshots are found by time, rank and post") {
  hot::SnapshotHistory history;
  const auto first = snapshot(1, {{42, 7}, {41, 0}});
  const auto second = snapshot(2, {{41, 9}, {42, 7}});
  history.add(first);
  history.add(second);
  history.add(snapshot(1, {{42, 7}, {41, 0}}));
  CHECK(history.find(from_unix_us(1), 1, 42) == first);
  CHECK(history.find(from_unix_us(2), 2, 42) == second);
  CHECK_FALSE(history.find(from_unix_us(1), 1, 41));
  CHECK_FALSE(history.find(from_unix_us(1), 3, 41));
  CHECK_FALSE(history.find(from_unix_us(1), 0, 41));
  CHECK_FALSE(history.find(from_unix_us(3), 1, 42));
  for (int i = 0; i < 100; ++i) history.add(snapshot(100 + i, {{42, 7}}));
  CHECK_FALSE(history.find(from_unix_us(1), 1, 42));
  CHECK(history.find(from_unix_us(199), 1, 42));
}
