#include "views/impression_sender.hpp"

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "sql/views.hpp"
#include "views/impression_columns.hpp"
#include "views/redis_keys.hpp"

namespace feedctl::views {

namespace {

const failpoint::Point ingest_before{"views.ingest.before"}, ingest_after{"views.ingest.after"};
const failpoint::Point direct_before{"views.direct.before"}, direct_after{"views.direct.after"};

// KEYS: views:dedup:{id}, views:counter:{label}, views:labels. ARGV: dedup TTL in s, the label,
// then content, count, content, count, .. -> 1: counted, 0: counted before. An error of any command
// undoes the ones before it, so an error reply means that nothing was counted.
constexpr std::string_view ingest_script = R"lua(
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local function failed(reply) return type(reply) == 'table' and reply.err end
local function undo(last)
  for i = 3, last, 2 do redis.call('HINCRBY', KEYS[2], ARGV[i], -ARGV[i + 1]) end
end
for i = 3, #ARGV, 2 do
  local reply = redis.pcall('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1])
  if failed(reply) then
    undo(i - 2)
    return reply
  end
end
local reply = redis.pcall('SADD', KEYS[3], ARGV[2])
if not failed(reply) then reply = redis.pcall('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1]) end
if failed(reply) then
  undo(#ARGV - 1)
  return reply
end
return 1
)lua";

// "TTL", label, content, count, ..
std::vector<std::string> script_arguments(const ImpressionBatch& batch, const std::string& ttl) {
  std::vector<std::string> words{ttl, batch.label};
  words.reserve(2 + 2 * batch.counts.size());
  for (const auto& [content, count] : batch.counts) {
    words.push_back(std::to_string(content));
    words.push_back(std::to_string(count));
  }
  return words;
}

}  // namespace

std::int64_t ImpressionBatch::impressions() const {
  return sum_of(counts);
}

ImpressionSender::ImpressionSender(store::Database& database, const redis::PoolOptions& redis,
                                   std::chrono::seconds dedup_ttl)
    : database_(database), dedup_ttl_(std::to_string(dedup_ttl.count())) {
  if (!redis.url.empty()) redis_.emplace(redis, redis::Scripts{ingest_script});
}

void ImpressionSender::set_installation(const std::string& installation) {
  if (redis_) redis_->set_installation(installation);
}

ImpressionSender::Outcome ImpressionSender::ingest_impressions(ImpressionBatch& batch, bool probe) {
  const auto dedup_key = std::string(keys::dedup_prefix) + batch.id,
             counter_key = std::string(keys::counter_prefix) + batch.label;
  const auto words = script_arguments(batch, dedup_ttl_);
  const redis::Connection::Arguments arguments(words.begin(), words.end());
  auto outcome = Outcome::unreachable;
  try {
    redis_->run(
        [&](redis::Connection& redis) {
          ingest_before.hit();
          const auto earlier = batch.in_doubt_since;
          if (!earlier) batch.in_doubt_since = ImpressionBatch::Clock::now();
          try {
            redis.eval(0, {dedup_key, counter_key, keys::labels}, arguments);
            outcome = Outcome::counted;
          } catch (const redis::ReplyError&) {
            batch.in_doubt_since = earlier;  // an earlier attempt may still have been taken
            outcome = Outcome::refused;
            throw;
          }
        },
        probe);
    if (outcome == Outcome::counted) ingest_after.hit();
  } catch (const Error& error) {  // of a failpoint
    log::debug("redis may not have taken impressions", {{"error", error.what()}});
    return Outcome::unreachable;
  }
  return outcome;
}

void ImpressionSender::add_to_database(const ImpressionBatch& batch) {
  const ImpressionColumns columns(batch.counts);
  direct_before.hit();
  database_.execute(
      sql::views::record_impressions,
      store::params("d:" + batch.id + ':' + batch.label, columns.contents, columns.counts));
  direct_after.hit();
}

}  // namespace feedctl::views
