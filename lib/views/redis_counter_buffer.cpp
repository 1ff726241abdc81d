#include "views/redis_counter_buffer.hpp"

#include <algorithm>
#include <charconv>

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "views/flush_scripts.hpp"
#include "views/redis_keys.hpp"

namespace feedctl::views {

namespace {

using namespace std::chrono_literals;

enum Script : std::size_t { rotate_script, establish_script, drop_script };

constexpr std::size_t views_per_read = 10'000;
constexpr const char* counts_per_read = "5000";

const failpoint::Point durability_before{"views.durability.before"},
    durability_after{"views.durability.after"};
const failpoint::Point server_before{"views.server.before"}, server_after{"views.server.after"};
const failpoint::Point remember_before{"views.remember.before"},
    remember_after{"views.remember.after"};
const failpoint::Point labels_before{"views.labels.before"}, labels_after{"views.labels.after"};
const failpoint::Point scan_before{"views.scan.before"}, scan_after{"views.scan.after"};
const failpoint::Point rotate_before{"views.rotate.before"}, rotate_after{"views.rotate.after"};
const failpoint::Point establish_before{"views.establish.before"},
    establish_after{"views.establish.after"};
const failpoint::Point read_before{"views.read.before"}, read_after{"views.read.after"};
const failpoint::Point drop_before{"views.drop.before"}, drop_after{"views.drop.after"};
const failpoint::Point list_before{"views.list.before"};

// 0 for what is no number: a batch holds only what our scripts wrote.
std::int64_t to_number(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Of an answer to TIME.
std::chrono::milliseconds to_time(const redis::Reply& reply) {
  return std::chrono::seconds{to_number(reply.elements.at(0).text)} +
         std::chrono::milliseconds{to_number(reply.elements.at(1).text) / 1000};
}

Rotation parse_rotation(const redis::Reply& reply) {
  if (reply.text == "rotated") return Rotation::rotated;
  if (reply.text == "empty") return Rotation::empty;
  if (reply.text == "rolled_back") return Rotation::rolled_back;
  throw redis::ReplyError("an unexpected answer to a script");
}

}  // namespace

Durability read_durability(redis::Connection& redis) {
  Durability found;
  found.keeps_append_only_file =
      redis::info_value(redis.command({"INFO", "persistence"}).text, "aof_enabled") == "1";
  found.eviction_policy =
      redis::info_value(redis.command({"INFO", "memory"}).text, "maxmemory_policy");
  found.may_evict_counters =
      found.eviction_policy != "noeviction" && found.eviction_policy.rfind("volatile-", 0) != 0;
  try {
    const auto reply = redis.command({"CONFIG", "GET", "appendfsync"});
    if (reply.elements.size() == 2) found.fsync = reply.elements[1].text;
  } catch (const redis::ReplyError&) {
    found.fsync = "";  // a managed Redis, or a narrow account
  }
  return found;
}

RedisCounterBuffer::RedisCounterBuffer(const redis::PoolOptions& options)
    : pool_(options, {scripts::rotate, scripts::establish_epoch, scripts::drop_batch}),
      prefix_(options.prefix) {}

std::string RedisCounterBuffer::batch_key(std::string_view id) const {
  return key(keys::batch_prefix) + std::string(id);
}

void RedisCounterBuffer::run(const redis::ConnectionPool::Operation& operation) {
  if (pool_.run(operation)) return;
  const auto failure = pool_.last_failure();
  throw Error(ErrorCode::unavailable, "redis does not answer")
      .with_hint(failure.remedy.empty() ? "see views.redis_url, redis.url, and whether it runs"
                                        : failure.remedy)
      .with_detail(failure.reason);
}

redis::Reply RedisCounterBuffer::command(const std::vector<std::string>& arguments) {
  redis::Reply reply;
  run([&](redis::Connection& redis) {
    reply = redis.command({arguments.begin(), arguments.end()});
  });
  return reply;
}

Durability RedisCounterBuffer::durability() {
  durability_before.hit();
  Durability found;
  run([&](redis::Connection& redis) { found = read_durability(redis); });
  durability_after.hit();
  return found;
}

ServerState RedisCounterBuffer::server_state() {
  server_before.hit();
  const auto last = key(keys::server), epoch = key(keys::epoch), sequence = key(keys::sequence);
  ServerState state;
  run([&](redis::Connection& redis) {
    const auto info = redis.command({"INFO", "server"}).text;
    state.id = redis::info_value(info, "run_id");
    const auto found = redis.command({"MGET", last, epoch, sequence}).elements;
    state.last_id = found.at(0).text;
    state.epoch = found.at(1).text;
    state.sequence = to_number(found.at(2).text);
    state.now = to_time(redis.command({"TIME"}));
    // Both ends of the uptime are whole seconds.
    const std::chrono::seconds uptime{to_number(redis::info_value(info, "uptime_in_seconds"))};
    state.started_at = state.now - std::max(uptime - 1s, 0s);
  });
  server_after.hit();
  return state;
}

void RedisCounterBuffer::remember_server(const std::string& id) {
  remember_before.hit();
  command({"SET", key(keys::server), id});
  remember_after.hit();
}

void RedisCounterBuffer::establish_epoch(const std::string& epoch, bool set_live_aside) {
  establish_before.hit();
  const auto counters = key(keys::counter_prefix), batches = key(keys::batch_prefix);
  run([&](redis::Connection& redis) {
    redis.eval(establish_script, {keys::epoch, keys::sequence, keys::batches, keys::labels},
               {epoch, set_live_aside ? "1" : "0", counters, batches});
  });
  establish_after.hit();
}

std::vector<std::string> RedisCounterBuffer::labels() {
  labels_before.hit();
  std::vector<std::string> labels;
  for (auto& element : command({"SMEMBERS", key(keys::labels)}).elements)
    labels.push_back(std::move(element.text));
  std::sort(labels.begin(), labels.end());
  labels_after.hit();
  return labels;
}

Rotation RedisCounterBuffer::rotate(const std::string& live_key, const Fence& fence,
                                    const std::string& id_head, const std::string& id_tail) {
  rotate_before.hit();
  auto rotation = Rotation::empty;
  const auto min_sequence = std::to_string(fence.min_sequence);
  const auto batches = key(keys::batch_prefix);
  run([&](redis::Connection& redis) {
    rotation = parse_rotation(redis.eval(rotate_script,
                                         {live_key, keys::epoch, keys::sequence, keys::batches},
                                         {fence.epoch, min_sequence, id_head, id_tail, batches}));
  });
  rotate_after.hit();
  return rotation;
}

Rotation RedisCounterBuffer::rotate_views(const Fence& fence) {
  return rotate(std::string(keys::pending), fence, "v:" + fence.epoch + ':', "");
}

Rotation RedisCounterBuffer::rotate_impressions(const std::string& label, const Fence& fence) {
  return rotate(std::string(keys::counter_prefix) + label, fence, "i:" + fence.epoch + ':',
                ':' + label);
}

std::vector<Batch> RedisCounterBuffer::batches() {
  list_before.hit();
  const auto reply = command({"ZRANGE", key(keys::batches), "0", "-1", "WITHSCORES"});
  std::vector<Batch> batches;
  for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
    auto batch = Batch::parse(reply.elements[i].text);
    if (!batch) {
      log::warning("views:batches names something that is no batch",
                   {{"member", reply.elements[i].text}});
      continue;
    }
    batch->rotated_at = std::chrono::milliseconds(to_number(reply.elements[i + 1].text));
    batches.push_back(std::move(*batch));
  }
  return batches;
}

std::size_t RedisCounterBuffer::register_missing_batches() {
  std::size_t registered = 0;
  const auto head = key(keys::batch_prefix);
  std::string cursor = "0";
  do {
    scan_before.hit();
    const auto reply = command({"SCAN", cursor, "MATCH", head + '*', "COUNT", "1000"});
    scan_after.hit();
    cursor = reply.elements.at(0).text;
    for (const auto& name : reply.elements.at(1).elements) {
      const auto id = name.text.substr(head.size());
      if (!Batch::parse(id)) continue;
      registered +=
          static_cast<std::size_t>(command({"ZADD", key(keys::batches), "NX", "0", id}).integer);
    }
  } while (cursor != "0");
  return registered;
}

std::vector<SeenView> RedisCounterBuffer::read_views(const Batch& batch, std::size_t from,
                                                     std::size_t max_views) {
  read_before.hit();
  std::vector<SeenView> views;
  for (std::size_t more = 1; more > 0 && views.size() < max_views;) {
    const auto first = (from + views.size()) * keys::fields_per_view;
    const auto count = std::min(views_per_read, max_views - views.size()) * keys::fields_per_view;
    const auto reply = command(
        {"LRANGE", batch_key(batch.id), std::to_string(first), std::to_string(first + count - 1)});
    const auto& fields = reply.elements;
    more = fields.size() / keys::fields_per_view;
    for (std::size_t i = 0; i < more; ++i) {
      const auto* view = &fields[i * keys::fields_per_view];
      views.push_back({to_number(view[1].text), to_number(view[2].text), to_number(view[0].text)});
    }
  }
  read_after.hit();
  return views;
}

// HSCAN may return a field more than once: each counts once.
std::vector<Impressions> RedisCounterBuffer::read_impressions(const Batch& batch) {
  read_before.hit();
  std::vector<Impressions> counts;
  std::string cursor = "0";
  do {
    const auto reply = command({"HSCAN", batch_key(batch.id), cursor, "COUNT", counts_per_read});
    cursor = reply.elements.at(0).text;
    const auto& fields = reply.elements.at(1).elements;
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
      counts.push_back({to_number(fields[i].text), to_number(fields[i + 1].text)});
  } while (cursor != "0");
  std::sort(counts.begin(), counts.end());
  counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
  read_after.hit();
  return counts;
}

void RedisCounterBuffer::drop(const Batch& batch) {
  drop_before.hit();
  const auto name = std::string(keys::batch_prefix) + batch.id;
  run([&](redis::Connection& redis) {
    redis.eval(drop_script, {name, keys::batches}, {batch.id});
  });
  drop_after.hit();
}

CounterBuffer::Live RedisCounterBuffer::live() {
  Live live;
  live.views = command({"LLEN", key(keys::pending)}).integer /
               static_cast<std::int64_t>(keys::fields_per_view);
  for (const auto& label : labels())
    live.contents += command({"HLEN", key(keys::counter_prefix) + label}).integer;
  return live;
}

}  // namespace feedctl::views
