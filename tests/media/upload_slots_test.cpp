#include "media/upload_slots.hpp"

#include <optional>
#include <vector>

#include "base/error.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using media::UploadSlots;

namespace {

// nullopt: it is not refused.
std::optional<ErrorCode> refusal(UploadSlots& slots, std::optional<Id> user) {
  try {
    const auto slot = slots.acquire(user);
    return std::nullopt;
  } catch (const Error& error) {
    CHECK(error.retry_after() == std::chrono::seconds{1});
    return error.code();
  }
}

}  // namespace

TEST_CASE("a user has so many slots, which others do not share") {
  UploadSlots slots(2, 5);
  std::optional first(slots.acquire(1));
  const auto second = slots.acquire(1);
  CHECK(refusal(slots, 1) == ErrorCode::rate_limited);
  CHECK(refusal(slots, 2) == std::nullopt);
  first.reset();
  CHECK(refusal(slots, 1) == std::nullopt);
  CHECK(slots.in_use() == 1);
}

TEST_CASE("a process has so many slots, also for nobody") {
  UploadSlots slots(2, 3);
  std::vector<UploadSlots::Slot> taken;
  taken.push_back(slots.acquire(std::nullopt));
  taken.push_back(slots.acquire(std::nullopt));
  taken.push_back(slots.acquire(std::nullopt));
  CHECK(refusal(slots, std::nullopt) == ErrorCode::unavailable);
  CHECK(refusal(slots, 1) == ErrorCode::unavailable);
  taken.pop_back();
  CHECK(refusal(slots, 1) == std::nullopt);
  taken.clear();
  CHECK(slots.in_use() == 0);
}

TEST_CASE("a slot that was moved is released once") {
  UploadSlots slots(1, 1);
  {
    auto slot = slots.acquire(1);
    const auto moved = std::move(slot);
    CHECK(slots.in_use() == 1);
  }
  CHECK(slots.in_use() == 0);
}
