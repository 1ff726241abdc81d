#pragma once
// The Lua scripts of the rankings. KEYS are always: body, lease, dirty mark, dropped mark.
//
// Every mark has a unique value. A body carries the dirty mark from the start of its lease, and is
// current as long as that mark stays: no script compares clocks, and a lost (evicted) mark makes
// the body stale. The value of a lease is its token: random|start in us|dirty mark|dropped mark.
#include <string_view>

namespace feedctl::cache::scripts {

// ARGV: random, window in us, lease in ms (0: take none), installation -> {state, body, token, age
// in ms}. A body of another installation is a miss.
inline constexpr std::string_view read_ranking_text = R"lua(
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local entry = redis.call('HMGET', KEYS[1], 'body', 'at', 'stale', 'mark', 'owner')
if entry[5] and ARGV[4] ~= '' and entry[5] ~= ARGV[4] then entry = {} end
local body = entry[1] or ''
local mark = redis.call('GET', KEYS[3]) or ''
if entry[1] and entry[3] == '0' then
  local age = now - tonumber(entry[2])
  if age >= 0 and (entry[4] == mark or age < tonumber(ARGV[2])) then
    return {'fresh', body, '', math.floor(age / 1000)}
  end
end
-- A lease that began in the future was given by a clock that was put back, and would end as late.
local held = redis.call('GET', KEYS[2])
local begun = held and tonumber(string.match(held, '^[^|]*|([^|]*)') or '0')
if ARGV[3] == '0' or (begun and begun <= now) then return {'wait', body, '', 0} end
if mark == '' then
  mark = math.floor(now / 1000) .. ':' .. ARGV[1]
  redis.call('SET', KEYS[3], mark, 'PX', 86400000)
end
local dropped = redis.call('GET', KEYS[4]) or ''
local token = table.concat({ARGV[1], string.format('%.0f', now), mark, dropped}, '|')
redis.call('SET', KEYS[2], token, 'PX', ARGV[3])
return {'lease', body, token, 0}
)lua";

// ARGV: token, body, ttl in ms, '1' for stale, installation -> 1 if it was stored
inline constexpr std::string_view store_ranking_text = R"lua(
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local at, mark, dropped = string.match(ARGV[1], '^[^|]*|([^|]*)|([^|]*)|([^|]*)$')
local stale = ARGV[4]
if (redis.call('GET', KEYS[4]) or '') ~= dropped then stale = '1' end
redis.call('HSET', KEYS[1], 'body', ARGV[2], 'at', at, 'stale', stale, 'mark', mark,
           'owner', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('DEL', KEYS[2])
return 1
)lua";

// ARGV: token
inline constexpr std::string_view release_ranking_text = R"lua(
if redis.call('GET', KEYS[2]) == ARGV[1] then return redis.call('DEL', KEYS[2]) end
return 0
)lua";

// ARGV: random, '1' to drop the body
inline constexpr std::string_view mark_dirty_text = R"lua(
local t = redis.call('TIME')
local mark = t[1] * 1000 + math.floor(t[2] / 1000) .. ':' .. ARGV[1]
redis.call('SET', KEYS[3], mark, 'PX', 86400000)
if ARGV[2] == '1' then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[4], mark, 'PX', 3600000)
end
return 1
)lua";

}  // namespace feedctl::cache::scripts
