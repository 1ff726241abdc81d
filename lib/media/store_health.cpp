#include "media/store_health.hpp"

#include "base/error.hpp"

namespace feedctl::media {

namespace {

using namespace std::chrono_literals;

constexpr auto max_wait = 300ms;
constexpr auto max_age = 1s;
constexpr auto no_object = "health-check";  // of no image: only the answer counts

}  // namespace

std::optional<std::string> StoreHealth::problem() {
  const std::lock_guard lock(mutex_);
  if (asked_at_ && now_() - *asked_at_ < max_age) return problem_;
  problem_ = ask();
  asked_at_ = now_();
  return problem_;
}

std::optional<std::string> StoreHealth::ask() const {
  try {
    store_.head(no_object, Deadline::after(max_wait));
    return std::nullopt;
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace feedctl::media
