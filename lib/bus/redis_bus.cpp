// Redis Streams: one stream a slot, one consumer group. A slot has one owner at a time, so all
// owners read under one consumer name: the next one takes over what the last one left pending, and
// no consumers pile up. Acknowledged messages are deleted, so streams hold only what waits.
#include <algorithm>
#include <csignal>
#include <map>
#include <mutex>
#include <set>

#include "bus/bus.hpp"
#include "bus/redis_link.hpp"

namespace feedctl::bus {
namespace {

using cache::RedisConnection;
using cache::RedisRefused;
using cache::RedisReply;
using std::chrono::milliseconds;

const char* const group = "work";
const char* const consumer = "owner";
const char* const first_id = "0-0";
const char* const at_once = "16";  // messages of one slot

// The streams' names, as this installation writes them.
class Streams {
 public:
  explicit Streams(const std::string& prefix) : begin_(prefix + "feedctl:events:") {}
  std::string of(int slot) const { return begin_ + std::to_string(slot); }
  std::string dead() const { return begin_ + "dead"; }

 private:
  std::string begin_;
};

// A stream or group that was flushed, also while we waited for it.
bool group_is_gone(const RedisRefused& refused) {
  return refused.word() == "NOGROUP" || refused.word() == "UNBLOCKED";
}

// [id, [name, value, ..]]; an entry deleted meanwhile has no fields.
void take_entries(const std::vector<RedisReply>& entries, int slot, std::vector<Message>& out) {
  for (const auto& entry : entries) {
    if (entry.elements.size() != 2 || entry.elements[1].elements.size() < 2) continue;
    out.push_back({slot, entry.elements[1].elements[1].text, entry.elements[0].text});
  }
}

// What one receiver knows of its slots' groups.
class Intake {
 public:
  Intake(milliseconds claim_after, const Streams& streams)
      : claim_after_(claim_after), streams_(streams) {}

  void forget() {
    owned_.clear();
    claims_.clear();
  }

  void own(RedisConnection& redis, const std::vector<int>& slots) {
    const std::set<int> wanted(slots.begin(), slots.end());
    for (auto it = owned_.begin(); it != owned_.end();) {
      if (wanted.count(*it) == 0) claims_.erase(*it);
      it = wanted.count(*it) > 0 ? std::next(it) : owned_.erase(it);
    }
    for (const int slot : wanted) {
      if (owned_.count(slot) > 0) continue;
      make_group(redis, slot);
      owned_.insert(slot);
      claims_[slot] = {first_id, milliseconds{0}};
    }
    if (Deadline::Clock::now() < next_claim_) return;
    next_claim_ = Deadline::Clock::now() + claim_after_;
    for (const int slot : owned_) claims_.try_emplace(slot, Claim{first_id, claim_after_});
  }

  // What earlier owners left, and what nobody acknowledged for long: a part of it at each call.
  std::vector<Message> claim(RedisConnection& redis) {
    std::vector<Message> out;
    for (auto it = claims_.begin(); it != claims_.end();) {
      auto& [slot, claim] = *it;
      const auto stream = streams_.of(slot), idle = std::to_string(claim.idle.count());
      const auto reply = redis.command(
          {"XAUTOCLAIM", stream, group, consumer, idle, claim.from, "COUNT", at_once});
      if (reply.elements.size() < 2) throw RedisRefused("XAUTOCLAIM answered something else");
      take_entries(reply.elements[1].elements, slot, out);
      claim.from = reply.elements[0].text;
      it = claim.from == first_id ? claims_.erase(it) : std::next(it);
    }
    return out;
  }

  std::vector<Message> read(RedisConnection& redis, milliseconds patience) const {
    std::vector<std::string> streams;
    for (const int slot : owned_) streams.push_back(streams_.of(slot));
    const auto block = std::to_string(std::max<milliseconds::rep>(patience.count(), 1));
    RedisConnection::Arguments words{"XREADGROUP", "GROUP", group, consumer, "COUNT",
                                     at_once,      "BLOCK", block, "STREAMS"};
    words.insert(words.end(), streams.begin(), streams.end());
    words.insert(words.end(), streams.size(), ">");
    std::vector<Message> out;
    for (const auto& part : redis.command(words).elements) {
      if (part.elements.size() != 2) continue;
      const auto at = std::find(streams.begin(), streams.end(), part.elements[0].text);
      if (at == streams.end()) continue;
      take_entries(part.elements[1].elements,
                   *std::next(owned_.begin(), std::distance(streams.begin(), at)), out);
    }
    return out;
  }

 private:
  struct Claim {
    std::string from;
    milliseconds idle;
  };

  void make_group(RedisConnection& redis, int slot) const {
    try {
      const auto stream = streams_.of(slot);
      redis.command({"XGROUP", "CREATE", stream, group, "0", "MKSTREAM"});
    } catch (const RedisRefused& refused) {
      if (refused.word() != "BUSYGROUP") throw;
    }
  }

  milliseconds claim_after_;
  const Streams& streams_;
  std::set<int> owned_;
  std::map<int, Claim> claims_;  // slots whose pending messages are being looked through
  Deadline::Clock::time_point next_claim_{};
};

class RedisBus : public Bus {
 public:
  RedisBus(const std::string& url, const cache::Tenancy& tenancy, const Timing& timing,
           const Limits& limits)
      : address_(cache::parse_redis_url(url)),
        tenancy_(tenancy),
        streams_(tenancy.prefix),
        timing_(timing),
        limits_(limits),
        intake_(timing.claim_after, streams_) {}

  void publish(int slot, std::string_view body) override {
    add(streams_.of(slot), limits_.messages, body);
  }
  void publish_dead(std::string_view body) override { add(streams_.dead(), limits_.dead, body); }

  std::vector<Message> receive(const std::vector<int>& slots, milliseconds patience) override {
    const auto deadline = Deadline::after(patience);
    const std::lock_guard lock(receiving_);
    if (slots.empty()) {
      intake_.forget();
      std::this_thread::sleep_for(patience);
      return {};
    }
    auto messages = keep_trying(deadline, receiver_.pace(), [&] { return take(slots, deadline); });
    counts_.received.add(static_cast<double>(messages.size()));
    return messages;
  }

  void acknowledge(const std::vector<Message>& messages) override {
    std::map<int, std::vector<std::string_view>> by_slot;
    for (const auto& message : messages) by_slot[message.slot].push_back(message.handle);
    const std::lock_guard lock(receiving_);
    receiver_.run([&](RedisConnection& redis) {
      for (const auto& [slot, ids] : by_slot) {
        const auto stream = streams_.of(slot);
        RedisConnection::Arguments done{"XACK", stream, group}, drop{"XDEL", stream};
        done.insert(done.end(), ids.begin(), ids.end());
        drop.insert(drop.end(), ids.begin(), ids.end());
        redis.command(done);
        redis.command(drop);
      }
    });
  }

  Backlog backlog() override {
    Backlog sum;
    const std::lock_guard lock(publishing_);
    publisher_.run([&](RedisConnection& redis) {
      sum = {};
      for (int slot = 0; slot < limits_.slots; ++slot) {
        const auto pending = pending_of(redis, streams_.of(slot));
        sum.unacknowledged += pending;
        const auto length = redis.command({"XLEN", streams_.of(slot)}).integer;
        sum.waiting += std::max<std::int64_t>(length - pending, 0);
      }
      sum.dead = redis.command({"XLEN", streams_.dead()}).integer;
    });
    return sum;
  }

  const char* name() const override { return "redis"; }

 private:
  void add(const std::string& stream, std::int64_t most, std::string_view body) {
    const auto limit = std::to_string(most);
    const std::lock_guard lock(publishing_);
    publisher_.run([&](RedisConnection& redis) {
      redis.command({"XADD", stream, "MAXLEN", "~", limit, "*", "body", body});
    });
    counts_.published.add();
  }

  std::vector<Message> take(const std::vector<int>& slots, const Deadline& deadline) {
    std::vector<Message> out;
    do {
      receiver_.run([&](RedisConnection& redis) {
        if (receiver_.generation() != known_generation_) intake_.forget();
        known_generation_ = receiver_.generation();
        try {
          intake_.own(redis, slots);
          out = intake_.claim(redis);
          // Shorter than the time-out, or a long wait would look like a server that is gone.
          if (out.empty())
            out = intake_.read(redis, std::min(deadline.left(), timing_.timeout / 2));
        } catch (const RedisRefused& refused) {
          intake_.forget();
          if (!group_is_gone(refused)) throw;
        }
      });
    } while (out.empty() && !deadline.over());
    return out;
  }

  static std::int64_t pending_of(RedisConnection& redis, const std::string& stream) {
    try {
      const auto reply = redis.command({"XPENDING", stream, group});
      return reply.elements.empty() ? 0 : reply.elements[0].integer;
    } catch (const RedisRefused& refused) {
      if (!group_is_gone(refused)) throw;
      return 0;
    }
  }

  const cache::RedisAddress address_;
  const cache::Tenancy tenancy_;
  const Streams streams_;
  const Timing timing_;
  const Limits limits_;
  Counts counts_{"redis"};
  std::mutex publishing_;
  RedisLink publisher_{address_, timing_, tenancy_, counts_};
  std::mutex receiving_;
  RedisLink receiver_{address_, timing_, tenancy_, counts_};
  Intake intake_;
  std::int64_t known_generation_ = 0;
};

}  // namespace

std::unique_ptr<Bus> make_redis_bus(const std::string& url, const Timing& timing,
                                    const Limits& limits, const cache::Tenancy& tenancy) {
  std::signal(SIGPIPE, SIG_IGN);
  return std::make_unique<RedisBus>(url, tenancy, timing, limits);
}

}  // namespace feedctl::bus
