#include "bus/redis_link.hpp"

#include "base/log.hpp"

namespace feedctl::bus {

using cache::RedisDown;
using cache::RedisRefused;
using cache::RedisUnfit;

void RedisLink::run(const std::function<void(cache::RedisConnection&)>& work) {
  try {
    attempt(work);
  } catch (const RedisUnfit& unfit) {
    connection_.reset();
    pace_.failed();
    tell(unfit);
    refuse(why_ = unfit.what());
  } catch (const RedisDown& down) {
    connection_.reset();
    pace_.failed();
    refuse(why_ = down.what());
  } catch (const RedisRefused& refused) {
    refuse(refused.what());
  } catch (...) {
    connection_.reset();  // an answer still under way would be taken for the next one's
    throw;
  }
}

void RedisLink::attempt(const std::function<void(cache::RedisConnection&)>& work) {
  if (connection_) {
    try {
      work(*connection_);
      return tell_success();
    } catch (const RedisDown& down) {
      connection_.reset();
      if (down.timed_out()) throw;
    }
  }
  connect();
  work(*connection_);
  tell_success();
}

// Only once something was done over it: a server that takes no writes lets everybody connect.
void RedisLink::tell_success() {
  if (pace_.succeeded()) log::info("the bus is connected again", {{"carrier", "redis"}});
}

void RedisLink::connect() {
  if (pace_.wait().count() > 0) refuse("waiting before the next attempt after: " + why_);
  try {
    connection_ = std::make_unique<cache::RedisConnection>(address_, timing_.timeout,
                                                           cache::RedisScripts{}, tenancy_);
  } catch (const RedisRefused& refused) {
    throw RedisDown(refused.what(), false);  // a server that lets nobody in
  }
  ++generation_;
}

// It answers, but goes on being of no use: a replica, or another installation's.
void RedisLink::tell(const RedisUnfit& unfit) {
  if (!told_.due(unfit.what())) return;
  log::warning("the bus' redis cannot be used",
               {{"error", unfit.what()}, {"remedy", unfit.remedy()}});
}

void RedisLink::refuse(const std::string& why) {
  counts_.errors.add();
  throw Error(ErrorCode::unavailable, "the bus' redis does not answer")
      .with_hint("look at the server of redis.url; events wait in the log meanwhile")
      .with_detail(why);
}

}  // namespace feedctl::bus
