#include "store/advisory_lock.hpp"

#include "sql/store.hpp"

namespace feedctl::store {

AdvisoryLock::AdvisoryLock(const Options& options, const Query& try_lock,
                           const std::string& refusal, std::string hint, const Params& params)
    : session_(options) {
  if (!session_.run(try_lock, params).single_row().boolean(0))
    throw Error(ErrorCode::lock_held, refusal).with_hint(std::move(hint));
}

AdvisoryLock::~AdvisoryLock() {
  try {
    if (session_.is_usable()) session_.run(sql::store::unlock);
  } catch (const Error&) {  // the connection is lost: the server releases the lock
  }
}

}  // namespace feedctl::store
