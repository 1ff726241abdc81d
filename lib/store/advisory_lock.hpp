#pragma once
// An advisory lock by which one process at a time does a job, held by a session of its own. The
// destructor releases it before it returns: a closed session alone would keep the lock until its
// backend notices, and the next run would be refused. One thread at a time.
#include <string>

#include "store/database.hpp"

namespace feedctl::store {

class AdvisoryLock {
 public:
  // `try_lock`: a query whose one boolean says whether the lock was free; `params` are its. Throws
  // Error(lock_held) with `refusal` and `hint` where another session holds it.
  AdvisoryLock(const Options& options, const Query& try_lock, const std::string& refusal,
               std::string hint, const Params& params = {});
  ~AdvisoryLock();
  AdvisoryLock(const AdvisoryLock&) = delete;
  AdvisoryLock& operator=(const AdvisoryLock&) = delete;

  // False: the connection is lost, and the lock with it.
  bool is_held() const { return session_.is_usable(); }

 private:
  Session session_;
};

}  // namespace feedctl::store
