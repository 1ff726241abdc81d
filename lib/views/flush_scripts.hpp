#pragma once
// The Lua scripts of the flush. Each is one atomic step, so a crash leaves nothing half done.
#include <string_view>

namespace feedctl::views::scripts {

// Rotates live counters into a batch. KEYS: the live counters, epoch, sequence, batches.
// ARGV: the fence's epoch and sequence number; the batch's id before and after its number; the
// prefix of batch keys -> 'rotated', 'empty' or 'rolled_back'. The number is the time in ms, so
// that a crash of Redis does not draw it again for other counters. RENAMENX, because RENAME would
// replace a batch of the same name.
inline constexpr std::string_view rotate = R"lua(
local number = tonumber(redis.call('GET', KEYS[3]) or '0')
if redis.call('GET', KEYS[2]) ~= ARGV[1] or number < tonumber(ARGV[2]) then return 'rolled_back' end
if redis.call('EXISTS', KEYS[1]) == 0 then return 'empty' end
local t = redis.call('TIME')
local at = t[1] * 1000 + math.floor(t[2] / 1000)
number = math.max(at - 1, number)
local id
repeat
  number = number + 1
  id = ARGV[3] .. string.format('%d', number) .. ARGV[4]
until redis.call('RENAMENX', KEYS[1], ARGV[5] .. id) == 1
redis.call('SET', KEYS[3], string.format('%d', number))
redis.call('ZADD', KEYS[4], string.format('%d', at), id)
return 'rotated'
)lua";

// Begins an epoch. KEYS: epoch, sequence, batches, labels. ARGV: the epoch; '1' to set the live
// impressions aside; the prefixes of live impressions and of batches.
inline constexpr std::string_view establish_epoch = R"lua(
if redis.call('GET', KEYS[1]) == ARGV[1] then return 0 end
if ARGV[2] == '1' then
  local t = redis.call('TIME')
  local at = string.format('%d', t[1] * 1000 + math.floor(t[2] / 1000))
  for _, label in ipairs(redis.call('SMEMBERS', KEYS[4])) do
    local id = 't:' .. ARGV[1] .. ':' .. label
    if redis.call('EXISTS', ARGV[3] .. label) == 1 and
       redis.call('RENAMENX', ARGV[3] .. label, ARGV[4] .. id) == 1 then
      redis.call('ZADD', KEYS[3], at, id)
    end
  end
end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], '0')
return 1
)lua";

// KEYS: the batch, batches. ARGV: the batch's id.
inline constexpr std::string_view drop_batch = R"lua(
redis.call('UNLINK', KEYS[1])
return redis.call('ZREM', KEYS[2], ARGV[1])
)lua";

}  // namespace feedctl::views::scripts
