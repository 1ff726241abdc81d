#include "base/cursor_signer.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace feedctl;

TEST_CASE("a cursor round-trips and any changed bit is detected") {
  const CursorSigner signer{Secret<std::string>{"key"}};
  const auto cursor = signer.sign("feed:1", "123456");
  CHECK(signer.verify("feed:1", cursor) == "123456");
  CHECK_FALSE(signer.verify("feed:2", cursor).has_value());
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bad = cursor;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      CHECK_FALSE(signer.verify("feed:1", bad).has_value());
    }
    CHECK_FALSE(signer.verify("feed:1", cursor.substr(0, i)).has_value());
  }
}

TEST_CASE(
    "a cursor's signature never changes between versions, and cursors of other keys are refused") {
  const CursorSigner ours{Secret<std::string>{"0123456789abcdef"}};
  const CursorSigner others{Secret<std::string>{"0123456789abcdeg"}};
  const std::string known =
      "NDKx_3nLWfXXe-fwAueSoF6o";  // HMAC-SHA256 of "4:list42", by another program
  std::atomic<int> right{0};
  const auto work = [&] {
    for (int i = 0; i < 200; ++i) {
      const auto theirs = others.sign("list", "42");
      right += ours.sign("list", "42") == known && ours.verify("list", known) == "42" &&
               theirs != known && others.verify("list", theirs) == "42" &&
               !ours.verify("list", theirs) && !others.verify("list", known);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(work);
  work();
  for (auto& thread : threads) thread.join();
  CHECK(right == 800);
}
