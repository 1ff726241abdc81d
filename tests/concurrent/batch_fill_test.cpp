#include "concurrent/batch_fill.hpp"

#include "support/catch.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using concurrent::BatchFill;
using concurrent::WorkerThread;

namespace {

// A thread that waits once for a batch to fill, and how many requests it then found.
class OneFill {
 public:
  OneFill(std::size_t answered, std::size_t waiting, BatchFill::Duration took) {
    fill_.on_batch(answered, waiting, took);
  }
  void start() {
    thread_.start(thread_.lock(), [this] {
      auto lock = thread_.lock();
      fill_.wait(thread_, lock, [this] { return size_; });
      found_ = size_;
    });
  }
  std::size_t found() {
    REQUIRE(support::eventually([&] {
      const auto lock = thread_.lock();
      return found_ > 0;
    }));
    const auto lock = thread_.lock();
    return found_;
  }

 private:
  BatchFill fill_;
  std::size_t size_ = 1, found_ = 0;
  WorkerThread thread_;
};

}  // namespace

TEST_CASE("a batch does not wait for others after one that had a single request") {
  WorkerThread thread;
  BatchFill fill;
  fill.on_batch(1, 0, 24h);
  auto lock = thread.lock();
  int asked = 0;
  fill.wait(thread, lock, [&] {
    ++asked;
    return std::size_t{1};
  });
  CHECK(asked == 1);
}

TEST_CASE("a batch does not wait where the last one was too quick to be worth it") {
  WorkerThread thread;
  BatchFill fill;
  fill.on_batch(8, 0, 40us);
  auto lock = thread.lock();
  fill.wait(thread, lock, [] { return std::size_t{1}; });
  CHECK_FALSE(fill.is_complete(8));
}

TEST_CASE("a batch begins after a bounded wait although clients do not return") {
  OneFill one(8, 0, 24h);
  one.start();
  CHECK(one.found() == 1);
}

TEST_CASE("requests that wait already are enough for a batch") {
  WorkerThread thread;
  BatchFill fill;
  fill.on_batch(3, 2, 24h);
  auto lock = thread.lock();
  int asked = 0;
  fill.wait(thread, lock, [&] {
    ++asked;
    return std::size_t{5};
  });
  CHECK(asked == 1);
}
