#include "concurrent/worker_thread.hpp"

#include <functional>
#include <future>
#include <vector>

#include "support/catch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using concurrent::WorkerThread;

namespace {

// A thread that runs `wait` once. start() returns while the thread waits: it holds the lock until
// then, so whoever takes the lock afterwards finds it waiting.
class OneWait {
 public:
  using Wait = std::function<bool(WorkerThread&, WorkerThread::Lock&)>;

  explicit OneWait(Wait wait) : wait_(std::move(wait)) {}

  void start() {
    thread_.start(thread_.lock(), [this] {
      auto lock = thread_.lock();
      locked_.set_value();
      result_.set_value(wait_(thread_, lock));
    });
    locked_.get_future().wait();
  }
  WorkerThread& thread() { return thread_; }
  bool result() { return result_.get_future().get(); }

 private:
  const Wait wait_;
  std::promise<void> locked_;
  std::promise<bool> result_;
  WorkerThread thread_;
};

}  // namespace

TEST_CASE("a stop ends each kind of wait, which reports it") {
  const std::vector<OneWait::Wait> waits = {
      [](auto& thread, auto& lock) { return thread.wait(lock, [] { return false; }); },
      [](auto& thread, auto& lock) { return thread.wait_for(lock, 24h, [] { return false; }); },
      [](auto& thread, auto& lock) { return thread.sleep_for(lock, 24h); },
  };
  for (const auto& wait : waits) {
    OneWait one(wait);
    one.start();
    one.thread().stop();
    CHECK_FALSE(one.result());
  }
}

TEST_CASE("a wake ends a wait early once its condition holds") {
  bool changed = false;
  OneWait one([&](auto& thread, auto& lock) {
    return thread.wait_for(lock, 24h, [&] { return changed; }) && changed;
  });
  one.start();
  one.thread().wake();  // nothing has changed: the thread waits on
  {
    const auto lock = one.thread().lock();
    changed = true;
  }
  one.thread().wake();
  CHECK(one.result());
}

TEST_CASE("a change and its wake before the wait are not lost") {
  bool changed = false;
  std::promise<void> woken;
  WorkerThread thread;
  std::promise<bool> result;
  thread.start(thread.lock(), [&] {
    woken.get_future().wait();
    auto lock = thread.lock();
    result.set_value(thread.wait(lock, [&] { return changed; }));
  });
  {
    const auto lock = thread.lock();
    changed = true;
  }
  thread.wake();
  woken.set_value();
  CHECK(result.get_future().get());
}

TEST_CASE("a wait whose time is over reports no stop") {
  OneWait one([](auto& thread, auto& lock) {
    return thread.sleep_for(lock, 1ms) && thread.wait_for(lock, 1ms, [] { return false; });
  });
  one.start();
  CHECK(one.result());
}

TEST_CASE("a wake does not end a sleep") {
  OneWait one([](auto& thread, auto& lock) { return thread.sleep_for(lock, 24h); });
  one.start();
  one.thread().wake();
  one.thread().stop();
  CHECK_FALSE(one.result());
}

TEST_CASE("the destructor requests a stop and waits for the end of the body") {
  bool has_ended = false;
  {
    WorkerThread thread;
    thread.start(thread.lock(), [&] {
      auto lock = thread.lock();
      while (thread.wait(lock, [] { return false; })) {
      }
      lock.unlock();
      has_ended = true;
    });
  }
  CHECK(has_ended);
}

TEST_CASE("a thread starts once, and not after a stop") {
  int starts = 0;
  const auto count = [&] { ++starts; };
  {
    WorkerThread thread(count);
    thread.start(thread.lock(), count);
  }
  CHECK(starts == 1);
  WorkerThread stopped;
  stopped.stop();
  stopped.start(stopped.lock(), count);
  CHECK(stopped.is_stopping());
  stopped.stop();
  CHECK(starts == 1);
}
