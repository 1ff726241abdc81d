#pragma once
// The Lua scripts of the entries of single objects. KEYS: the entry; reads also get the epoch.
//
// An entry is one hash: the body with its times, and the lease of the reader that computes the next
// body. The lease also serves as generation: an invalidation deletes the whole hash, so a
// computation that began before it does not find its token any more. An entry belongs to one epoch:
// the server's run id and the value of the epoch key. Only a process that failed to invalidate an
// entry deletes that key. An entry of another epoch is a miss.
#include <string_view>

namespace feedctl::cache::scripts {

// ARGV: random, lease in ms (0: take none), version, run id -> {state, '1' if there is a body,
// body, token}
inline constexpr std::string_view read_entry_text = R"lua(
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local epoch = redis.call('GET', KEYS[2])
local lease = tonumber(ARGV[2])
if not epoch and lease == 0 then return {'wait', '0', '', ''} end
if not epoch then
  epoch = ARGV[1]
  redis.call('SET', KEYS[2], epoch)
end
epoch = epoch .. '|' .. ARGV[4]
local e = redis.call('HMGET', KEYS[1], 'epoch', 'version', 'body', 'at', 'soft', 'hard', 'lease',
                     'until')
if e[1] and e[1] ~= epoch then
  if lease > 0 then redis.call('DEL', KEYS[1]) end
  e = {}
end
local body, found = '', '0'
if e[3] and e[2] == ARGV[3] and now >= tonumber(e[4]) and now < tonumber(e[6]) then
  body, found = e[3], '1'
  if now < tonumber(e[5]) then return {'fresh', found, body, ''} end
end
-- A lease that lies further ahead than any is given was given by a clock that was put back.
if lease == 0 or (e[7] and now < tonumber(e[8]) and tonumber(e[8]) - now <= lease) then return {'wait', found, body, ''} end
redis.call('HSET', KEYS[1], 'epoch', epoch, 'lease', ARGV[1], 'until', now + lease)
if redis.call('PTTL', KEYS[1]) < lease then redis.call('PEXPIRE', KEYS[1], lease) end
return {'lease', found, body, ARGV[1]}
)lua";

// ARGV: token, run id, version, soft and hard time in ms, body -> 1 if it was stored
inline constexpr std::string_view store_entry_text = R"lua(
local e = redis.call('HMGET', KEYS[1], 'lease', 'epoch')
if not e[1] or e[1] ~= ARGV[1] then return 0 end
if string.sub(e[2], -#ARGV[2] - 1) ~= '|' .. ARGV[2] then return 0 end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HDEL', KEYS[1], 'lease', 'until')
redis.call('HSET', KEYS[1], 'epoch', e[2], 'version', ARGV[3], 'at', now, 'soft', now + ARGV[4],
           'hard', now + ARGV[5], 'body', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
)lua";

// ARGV: token
inline constexpr std::string_view release_entry_text = R"lua(
if redis.call('HGET', KEYS[1], 'lease') == ARGV[1] then
  redis.call('HDEL', KEYS[1], 'lease', 'until')
  return 1
end
return 0
)lua";

// For checks -> {body, TTL in ms, or -1 if it never expires}; nil if there is no body.
inline constexpr std::string_view peek_text = R"lua(
local kind = redis.call('TYPE', KEYS[1]).ok
local body = ''
if kind == 'none' then return false end
if kind == 'hash' then body = redis.call('HGET', KEYS[1], 'body') end
if kind == 'string' then body = redis.call('GET', KEYS[1]) end
if not body then return false end
return {body, redis.call('PTTL', KEYS[1])}
)lua";

}  // namespace feedctl::cache::scripts
