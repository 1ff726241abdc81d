#include "bus/redis_bus.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "bus/redis_client.hpp"

namespace feedctl::bus {
namespace {

using redis::Connection;
using redis::Reply;
using redis::ReplyError;
using std::chrono::milliseconds;

const char* const group = "work";
const char* const consumer = "owner";
const char* const first_id = "0-0";
const char* const max_batch = "16";  // messages of one slot

// The names of this installation's streams.
class StreamNames {
 public:
  explicit StreamNames(const std::string& prefix) : base_(prefix + "feedctl:events:") {}
  std::string of_slot(int slot) const { return base_ + std::to_string(slot); }
  std::string dead_letters() const { return base_ + "dead"; }

 private:
  std::string base_;
};

// The stream or group was flushed, perhaps while a read waited for it.
bool is_group_missing(const ReplyError& refused) {
  return refused.error_prefix() == "NOGROUP" || refused.error_prefix() == "UNBLOCKED";
}

// [id, [name, value, ..]]; an entry deleted meanwhile has no fields.
void append_messages(const std::vector<Reply>& entries, int slot, std::vector<Message>& out) {
  for (const auto& entry : entries) {
    if (entry.elements.size() != 2 || entry.elements[1].elements.size() < 2) continue;
    out.push_back({slot, entry.elements[1].elements[1].text, entry.elements[0].text});
  }
}

// The consumer groups of one receiver's slots.
class ConsumerGroups {
 public:
  ConsumerGroups(milliseconds claim_after, const StreamNames& streams)
      : claim_after_(claim_after), streams_(streams) {}

  void reset() {
    slots_.clear();
    claims_.clear();
  }

  void set_slots(Connection& redis, const std::vector<int>& slots) {
    const std::set<int> wanted(slots.begin(), slots.end());
    for (auto it = slots_.begin(); it != slots_.end();) {
      if (wanted.count(*it) == 0) claims_.erase(*it);
      it = wanted.count(*it) > 0 ? std::next(it) : slots_.erase(it);
    }
    for (const int slot : wanted) {
      if (slots_.count(slot) > 0) continue;
      create_group(redis, slot);
      slots_.insert(slot);
      claims_[slot] = {first_id, milliseconds{0}};
    }
    if (Deadline::Clock::now() < next_claim_) return;
    next_claim_ = Deadline::Clock::now() + claim_after_;
    for (const int slot : slots_) claims_.try_emplace(slot, PendingClaim{first_id, claim_after_});
  }

  // Messages pending since earlier owners, or without acknowledgement for long: one page a call.
  std::vector<Message> claim_pending(Connection& redis) {
    std::vector<Message> out;
    for (auto it = claims_.begin(); it != claims_.end();) {
      auto& [slot, claim] = *it;
      const auto stream = streams_.of_slot(slot), idle = std::to_string(claim.min_idle.count());
      const auto reply = redis.command(
          {"XAUTOCLAIM", stream, group, consumer, idle, claim.cursor, "COUNT", max_batch});
      if (reply.elements.size() < 2) throw ReplyError("unexpected reply to XAUTOCLAIM");
      append_messages(reply.elements[1].elements, slot, out);
      claim.cursor = reply.elements[0].text;
      it = claim.cursor == first_id ? claims_.erase(it) : std::next(it);
    }
    return out;
  }

  std::vector<Message> read(Connection& redis, milliseconds timeout) const {
    std::vector<std::string> streams;
    for (const int slot : slots_) streams.push_back(streams_.of_slot(slot));
    const auto block = std::to_string(std::max<milliseconds::rep>(timeout.count(), 1));
    Connection::Arguments words{"XREADGROUP", "GROUP", group, consumer, "COUNT",
                                max_batch,    "BLOCK", block, "STREAMS"};
    words.insert(words.end(), streams.begin(), streams.end());
    words.insert(words.end(), streams.size(), ">");
    std::vector<Message> out;
    for (const auto& part : redis.command(words).elements) {
      if (part.elements.size() != 2) continue;
      const auto at = std::find(streams.begin(), streams.end(), part.elements[0].text);
      if (at == streams.end()) continue;
      append_messages(part.elements[1].elements,
                      *std::next(slots_.begin(), std::distance(streams.begin(), at)), out);
    }
    return out;
  }

 private:
  struct PendingClaim {
    std::string cursor;
    milliseconds min_idle;
  };

  void create_group(Connection& redis, int slot) const {
    try {
      const auto stream = streams_.of_slot(slot);
      redis.command({"XGROUP", "CREATE", stream, group, "0", "MKSTREAM"});
    } catch (const ReplyError& refused) {
      if (refused.error_prefix() != "BUSYGROUP") throw;
    }
  }

  milliseconds claim_after_;
  const StreamNames& streams_;
  std::set<int> slots_;
  std::map<int, PendingClaim> claims_;  // slots whose pending messages are being claimed
  Deadline::Clock::time_point next_claim_{};
};

// A slot has one owner at a time, so all owners read under one consumer name: the next owner takes
// over the pending messages of the last one, and no consumers pile up. Acknowledged messages are
// deleted, so streams hold only waiting messages.
class RedisBus : public Bus {
 public:
  RedisBus(const std::string& url, const redis::Tenancy& tenancy, const Timing& timing,
           const Limits& limits)
      : address_(redis::parse_url(url)),
        tenancy_(tenancy),
        streams_(tenancy.prefix),
        timing_(timing),
        limits_(limits),
        groups_(timing.claim_after, streams_) {}

  void publish(int slot, std::string_view body) override {
    append(streams_.of_slot(slot), limits_.messages, body);
  }
  void publish_dead(std::string_view body) override {
    append(streams_.dead_letters(), limits_.dead, body);
  }

  std::vector<Message> receive(const std::vector<int>& slots, milliseconds timeout) override {
    const auto deadline = Deadline::after(timeout);
    const std::lock_guard lock(receive_mutex_);
    if (slots.empty()) {
      groups_.reset();
      std::this_thread::sleep_for(timeout);
      return {};
    }
    auto messages =
        retry_until(deadline, receiver_.backoff(), [&] { return receive_once(slots, deadline); });
    metrics_.received.add(static_cast<double>(messages.size()));
    return messages;
  }

  void acknowledge(const std::vector<Message>& messages) override {
    std::map<int, std::vector<std::string_view>> by_slot;
    for (const auto& message : messages) by_slot[message.slot].push_back(message.handle);
    const std::lock_guard lock(receive_mutex_);
    receiver_.run([&](Connection& redis) {
      for (const auto& [slot, ids] : by_slot) {
        const auto stream = streams_.of_slot(slot);
        Connection::Arguments done{"XACK", stream, group}, drop{"XDEL", stream};
        done.insert(done.end(), ids.begin(), ids.end());
        drop.insert(drop.end(), ids.begin(), ids.end());
        redis.command(done);
        redis.command(drop);
      }
    });
  }

  Backlog backlog() override {
    Backlog sum;
    const std::lock_guard lock(publish_mutex_);
    publisher_.run([&](Connection& redis) {
      sum = {};
      for (int slot = 0; slot < limits_.slots; ++slot) {
        const auto pending = pending_count(redis, streams_.of_slot(slot));
        sum.unacknowledged += pending;
        const auto length = redis.command({"XLEN", streams_.of_slot(slot)}).integer;
        sum.waiting += std::max<std::int64_t>(length - pending, 0);
      }
      sum.dead = redis.command({"XLEN", streams_.dead_letters()}).integer;
    });
    return sum;
  }

  const char* name() const override { return "redis"; }

 private:
  void append(const std::string& stream, std::int64_t max_length, std::string_view body) {
    const auto limit = std::to_string(max_length);
    const std::lock_guard lock(publish_mutex_);
    publisher_.run([&](Connection& redis) {
      redis.command({"XADD", stream, "MAXLEN", "~", limit, "*", "body", body});
    });
    metrics_.published.add();
  }

  std::vector<Message> receive_once(const std::vector<int>& slots, const Deadline& deadline) {
    std::vector<Message> out;
    do {
      receiver_.run([&](Connection& redis) {
        if (receiver_.generation() != known_generation_) groups_.reset();
        known_generation_ = receiver_.generation();
        try {
          groups_.set_slots(redis, slots);
          out = groups_.claim_pending(redis);
          // Shorter than the time-out: a longer wait would look like a dead server.
          if (out.empty())
            out = groups_.read(redis, std::min(deadline.remaining(), timing_.timeout / 2));
        } catch (const ReplyError& refused) {
          groups_.reset();
          if (!is_group_missing(refused)) throw;
        }
      });
    } while (out.empty() && !deadline.is_expired());
    return out;
  }

  static std::int64_t pending_count(Connection& redis, const std::string& stream) {
    try {
      const auto reply = redis.command({"XPENDING", stream, group});
      return reply.elements.empty() ? 0 : reply.elements[0].integer;
    } catch (const ReplyError& refused) {
      if (!is_group_missing(refused)) throw;
      return 0;
    }
  }

  const redis::Address address_;
  const redis::Tenancy tenancy_;
  const StreamNames streams_;
  const Timing timing_;
  const Limits limits_;
  BusMetrics metrics_{"redis"};
  std::mutex publish_mutex_;
  RedisClient publisher_{address_, timing_, tenancy_, metrics_};
  std::mutex receive_mutex_;
  RedisClient receiver_{address_, timing_, tenancy_, metrics_};
  ConsumerGroups groups_;
  std::int64_t known_generation_ = 0;
};

}  // namespace

std::unique_ptr<Bus> make_redis_bus(const std::string& url, const Timing& timing,
                                    const Limits& limits, const redis::Tenancy& tenancy) {
  return std::make_unique<RedisBus>(url, tenancy, timing, limits);
}

}  // namespace feedctl::bus
