#include <atomic>
#include <limits>
#include <thread>

#include "reference_index.hpp"
#include "support/catch.hpp"

namespace feedctl::feed_index {
namespace {

constexpr Id newest = std::numeric_limits<Id>::max();
constexpr Id reader_user = 1;

// Every publication adds one post of each of two authors, removes the pair of some rounds before
// and sometimes makes the follows load again. A page with only one post of a pair mixes two
// publications.
TEST_CASE(
    "readers concurrent with a writer, a loader and a sweep see whole publications, never older "
    "ones later") {
  FeedIndex index;
  index.finish_index_load(0, false);
  index.publish(tests::at(1));
  constexpr Id left = 2;
  constexpr Id right = 3;
  constexpr Id rounds = 20000;
  constexpr Id kept = 40;
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::atomic<int> back{0};
  std::atomic<int> pages{0};

  const auto read = [&] {
    Page page;
    Id last = 0;
    while (!done.load()) {
      index.read(reader_user, newest, 20, page);
      if (page.result != Page::Result::complete) continue;
      ++pages;
      // Posts are 10 n (left) and 10 n + 1 (right).
      if (page.items.size() % 2 != 0) ++torn;
      for (std::size_t i = 0; i + 1 < page.items.size(); i += 2) {
        if (page.items[i].post != page.items[i + 1].post + 1) ++torn;
      }
      if (!page.items.empty()) {
        if (page.items.front().post < last) ++back;
        last = page.items.front().post;
      }
    }
  };
  const auto load = [&] {
    Follows follows{{left, right}, {}, true};
    while (!done.load()) {
      index.install_follows(index.begin_follows_load(reader_user), follows);
      std::this_thread::sleep_for(std::chrono::microseconds{50});
    }
  };
  std::thread readers[] = {std::thread(read), std::thread(read)};
  std::thread loader(load);
  for (Id n = 1; n <= rounds; ++n) {
    index.add(10 * n, left);
    index.add(10 * n + 1, right);
    if (n > kept) {
      index.remove(10 * (n - kept), left);
      index.remove(10 * (n - kept) + 1, right);
    }
    if (n % 100 == 0) index.invalidate_follows(reader_user);
    index.publish(tests::at(static_cast<events::TransactionId>(n) + 1));
    index.sweep(3, 0);
  }
  done = true;
  for (auto& reader : readers) reader.join();
  loader.join();
  CHECK(torn == 0);
  CHECK(back == 0);
  CHECK(pages > 0);
}

// Every publication suspends or reinstates one of two authors, so that exactly one is shown.
TEST_CASE("readers concurrent with suspensions see whole publications") {
  FeedIndex index;
  index.finish_index_load(0, true);
  index.add(10, 2);
  index.add(11, 3);
  index.set_suspended(3, true);
  index.publish(tests::at(1));
  REQUIRE(index.install_follows(index.begin_follows_load(reader_user), {{2, 3}, {}, true}));
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::atomic<int> pages{0};
  const auto read = [&] {
    Page page;
    while (!done.load()) {
      index.read(reader_user, newest, 20, page);
      if (page.result != Page::Result::complete || page.items.size() != 1) ++torn;
      ++pages;
    }
  };
  std::thread readers[] = {std::thread(read), std::thread(read)};
  for (int n = 2; n <= 50000 || pages == 0; ++n) {
    index.set_suspended(2, n % 2 == 0);
    index.set_suspended(3, n % 2 != 0);
    index.publish(tests::at(static_cast<events::TransactionId>(n)));
  }
  done = true;
  for (auto& reader : readers) reader.join();
  CHECK(torn == 0);
}

// Every publication hides or shows one of two posts, so that exactly one is shown. Some readers
// come to a list that the next publication has replaced.
TEST_CASE("readers concurrent with posts that are hidden and shown see whole publications") {
  FeedIndex index;
  index.finish_index_load(0, true);
  index.add(10, 2);
  index.add(11, 3);
  index.set_hidden(11, 3, true);
  index.publish(tests::at(1));
  REQUIRE(index.install_follows(index.begin_follows_load(reader_user), {{2, 3}, {}, true}));
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::atomic<int> pages{0};
  const auto read = [&] {
    Page page;
    while (!done.load()) {
      index.read(reader_user, newest, 20, page);
      if (page.result != Page::Result::complete || page.items.size() != 1) ++torn;
      ++pages;
    }
  };
  std::thread readers[] = {std::thread(read), std::thread(read)};
  for (int n = 2; n <= 50000 || pages == 0; ++n) {
    index.set_hidden(10, 2, n % 2 == 0);
    index.set_hidden(11, 3, n % 2 != 0);
    index.publish(tests::at(static_cast<events::TransactionId>(n)));
    if (n % 64 == 0) index.sweep(3, 1 << 20);
  }
  done = true;
  for (auto& reader : readers) reader.join();
  CHECK(torn == 0);
}

}  // namespace
}  // namespace feedctl::feed_index
