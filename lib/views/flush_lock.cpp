#include "views/flush_lock.hpp"

#include "base/error.hpp"
#include "sql/views.hpp"

namespace feedctl::views {

bool FlushLock::try_acquire() {
  if (session_ && !session_->is_usable()) session_.reset();
  if (!session_) session_.emplace(options_);
  return session_->run(sql::views::lock).single_row().boolean(0);
}

void FlushLock::release() noexcept {
  try {
    if (session_) session_->run(sql::views::unlock);
  } catch (const Error&) {
    session_.reset();
  }
}

}  // namespace feedctl::views
