#pragma once
// The Lua script that records views. One call for many views, so that no crash separates the
// viewers' set from the list of pending views.
#include <string_view>

namespace feedctl::views::scripts {

// KEYS: the pending list, then the viewers' set and the total of each view.
// ARGV: seconds to add to the server's time, then of each view: post, user, the count that
// PostgreSQL holds, and what to do: 'view'; 'seen': the view was counted elsewhere; 'read': only
// read the total. -> of each view 1 if it was counted, else 0; then the post's total.
inline constexpr std::string_view record_views = R"lua(
local now = tonumber(redis.call('TIME')[1]) + tonumber(ARGV[1])
local day = math.floor(now / 86400)
local midnight = (day + 1) * 86400 - tonumber(ARGV[1])
local answer, pending = {}, {}
for i = 1, (#KEYS - 1) / 2 do
  local viewers, total = KEYS[2 * i], KEYS[2 * i + 1]
  local post, user, stored, what = ARGV[4 * i - 2], ARGV[4 * i - 1], ARGV[4 * i], ARGV[4 * i + 1]
  local counted = 0
  if what ~= 'read' and redis.call('SADD', viewers, user) == 1 then
    if redis.call('SCARD', viewers) == 1 then redis.call('EXPIREAT', viewers, midnight) end
    if what == 'view' then counted = 1 end
  end
  local shown = redis.call('GET', total)
  local views = math.max(tonumber(shown or 0), tonumber(stored)) + counted
  if counted == 1 or not shown or views > tonumber(shown) then
    redis.call('SET', total, string.format('%d', views), 'EX', 172800)
  end
  if counted == 1 then
    pending[#pending + 1] = string.format('%d', day)
    pending[#pending + 1] = post
    pending[#pending + 1] = user
  end
  answer[#answer + 1] = counted
  answer[#answer + 1] = views
end
if #pending > 0 then redis.call('RPUSH', KEYS[1], unpack(pending)) end
return answer
)lua";

}  // namespace feedctl::views::scripts
