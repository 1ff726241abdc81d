#include "hot/page_refresher.hpp"

#include <atomic>
#include <system_error>

#include "support/catch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

TEST_CASE("if no thread can be started, nobody waits for the next page, and it is tried again") {
  std::atomic<bool> refused{true};
  std::atomic<int> tries{0}, made{0};
  hot::PageRefresher beside([&](int) { ++made; },
                            [&](std::function<void()> work) {
                              ++tries;
                              if (refused) throw std::system_error(EAGAIN, std::generic_category());
                              return std::thread(std::move(work));
                            });
  const auto enough = [&] { return made > 0; };
  const auto start = std::chrono::steady_clock::now();
  CHECK_NOTHROW(beside.request_refresh(50));
  CHECK_FALSE(beside.refresh_and_wait(50, Deadline::after(60s),
                                      enough));  // each try returns at once
  // After a failed refresh the next one comes a tenth of a second later, not at each request.
  const auto at_most = [&] { return 1 + (std::chrono::steady_clock::now() - start) / 100ms; };
  CHECK(tries <= at_most());
  const int before = tries;
  std::this_thread::sleep_for(150ms);
  CHECK_FALSE(beside.refresh_and_wait(50, Deadline::after(60s), enough));
  CHECK(tries > before);
  CHECK(tries <= at_most());
  refused = false;
  std::this_thread::sleep_for(150ms);
  CHECK(beside.refresh_and_wait(50, Deadline::after(60s), enough));
  CHECK(made == 1);
}

TEST_CASE("if no second thread can be started its page is left to the first one") {
  std::atomic<bool> refused{false}, go{false};
  std::atomic<int> made{0};
  hot::PageRefresher beside(
      [&](int limit) {
        while (limit == 1 && !go) std::this_thread::sleep_for(1ms);
        ++made;
      },
      [&](std::function<void()> work) {
        if (refused) throw std::system_error(EAGAIN, std::generic_category());
        return std::thread(std::move(work));
      });
  beside.request_refresh(1);
  refused = true;
  CHECK_NOTHROW(beside.request_refresh(2));
  go = true;
  CHECK(beside.refresh_and_wait(2, Deadline::after(60s), [&] { return made >= 2; }));
}
