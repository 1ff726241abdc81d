#include "bus/redis_client.hpp"

#include "base/log.hpp"

namespace feedctl::bus {

using redis::ConnectionError;
using redis::ReplyError;
using redis::UnusableServerError;

void RedisClient::run(const std::function<void(redis::Connection&)>& work) {
  try {
    try_run(work);
  } catch (const UnusableServerError& error) {
    connection_.reset();
    backoff_.on_failure();
    log_unusable(error);
    fail_unavailable(last_error_ = error.what());
  } catch (const ConnectionError& down) {
    connection_.reset();
    backoff_.on_failure();
    fail_unavailable(last_error_ = down.what());
  } catch (const ReplyError& refused) {
    fail_unavailable(refused.what());
  } catch (...) {
    connection_.reset();  // else the next command would read a late reply to this one
    throw;
  }
}

void RedisClient::try_run(const std::function<void(redis::Connection&)>& work) {
  if (connection_) {
    try {
      work(*connection_);
      return log_reconnected();
    } catch (const ConnectionError& down) {
      connection_.reset();
      if (down.is_timeout()) throw;
    }
  }
  connect();
  work(*connection_);
  log_reconnected();
}

// Called after a command only: a server that refuses writes accepts connections, too.
void RedisClient::log_reconnected() {
  if (backoff_.on_success()) log::info("the bus is connected again", {{"carrier", "redis"}});
}

void RedisClient::connect() {
  if (backoff_.delay().count() > 0)
    fail_unavailable("waiting before the next attempt after: " + last_error_);
  try {
    connection_ =
        std::make_unique<redis::Connection>(address_, timing_.timeout, redis::Scripts{}, tenancy_);
  } catch (const ReplyError& refused) {
    throw ConnectionError(refused.what(), false);  // the server accepts no client
  }
  ++generation_;
}

// The server answers but must not be used: a replica, or one of another installation.
void RedisClient::log_unusable(const UnusableServerError& error) {
  if (!log_throttle_.should_log(error.what())) return;
  log::warning("the Redis of the bus cannot be used",
               {{"error", error.what()}, {"remedy", error.remedy()}});
}

void RedisClient::fail_unavailable(const std::string& why) {
  metrics_.errors.add();
  throw Error(ErrorCode::unavailable, "the Redis of the bus does not answer")
      .with_hint("look at the server of redis.url; events wait in the log meanwhile")
      .with_detail(why);
}

}  // namespace feedctl::bus
