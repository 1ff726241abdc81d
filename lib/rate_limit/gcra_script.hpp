#pragma once
// The Lua script that counts a request in its buckets in Redis, by the algorithm of gcra.hpp and
// the time of the server. One call for all limits of a request.
#include <string_view>

namespace feedctl::rate_limit {

// KEYS: the buckets. ARGV of each: the interval in microseconds, the burst. A request that one
// bucket refuses counts in none. -> of each the members of BucketState. A bucket expires once its
// whole burst is allowed again. A value that is no number counts as a new bucket.
inline constexpr std::string_view gcra_script = R"lua(
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local tats, waits, refused = {}, {}, false
for i, key in ipairs(KEYS) do
  local interval, capacity = tonumber(ARGV[2 * i - 1]), ARGV[2 * i - 1] * ARGV[2 * i]
  local tat = tonumber(redis.call('GET', key) or now) or now
  tats[i] = math.min(now + capacity, math.max(now, tat))
  waits[i] = math.max(0, tats[i] + interval - capacity - now)
  refused = refused or waits[i] > 0
end
local answer = {}
for i, key in ipairs(KEYS) do
  local interval, capacity = tonumber(ARGV[2 * i - 1]), ARGV[2 * i - 1] * ARGV[2 * i]
  if not refused then
    tats[i] = tats[i] + interval
    redis.call('SET', key, string.format('%.0f', tats[i]), 'PX',
               math.ceil((tats[i] - now) / 1000))
  end
  answer[#answer + 1] = waits[i]
  answer[#answer + 1] = math.floor((now + capacity - tats[i]) / interval)
  answer[#answer + 1] = tats[i] - now
end
return answer
)lua";

}  // namespace feedctl::rate_limit
