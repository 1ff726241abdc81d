#include "views/flush_lock.hpp"

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "sql/views.hpp"

namespace feedctl::views {

namespace {

const failpoint::Point lock_before{"views.lock.before"}, lock_after{"views.lock.after"};

}  // namespace

bool FlushLock::try_acquire() {
  if (session_ && !session_->is_usable()) session_.reset();
  if (!session_) session_.emplace(options_);
  lock_before.hit();
  const bool is_acquired = session_->run(sql::views::lock).single_row().boolean(0);
  lock_after.hit();
  return is_acquired;
}

void FlushLock::release() noexcept {
  try {
    if (session_) session_->run(sql::views::unlock);
  } catch (const Error&) {
    session_.reset();
  }
}

}  // namespace feedctl::views
