#pragma once
// The cache in Redis, which all processes share.
#include <memory>

#include "cache/cache.hpp"
#include "redis/pool_options.hpp"

namespace feedctl::cache {

// Error(config) for an invalid URL; a server that does not answer is no error.
std::unique_ptr<Cache> make_redis_cache(redis::PoolOptions options);

}  // namespace feedctl::cache
