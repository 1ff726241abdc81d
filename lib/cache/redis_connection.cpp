#include "cache/redis_connection.hpp"

#include <hiredis/hiredis.h>
#include <sys/time.h>

#include <cerrno>

namespace feedctl::cache {
namespace {

// How long a server that was demoted may be taken for a primary.
constexpr std::chrono::seconds check_interval{1};
// An installation that has used its names for so long does not any more.
constexpr const char* owner_life_ms = "600000";

// KEYS: where the installation stands that uses the names; ARGV: this one, its life in ms -> whose
// they are. Who finds none takes them.
constexpr std::string_view claim_text = R"lua(
local owner = redis.call('GET', KEYS[1])
if not owner then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ARGV[1]
end
if owner == ARGV[1] and redis.call('PTTL', KEYS[1]) < ARGV[2] / 2 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return owner
)lua";

timeval to_timeval(std::chrono::milliseconds time) {
  timeval out{};
  out.tv_sec = static_cast<time_t>(time.count() / 1000);
  out.tv_usec = static_cast<suseconds_t>(time.count() % 1000 * 1000);
  return out;
}

RedisReply copy(const redisReply& from) {
  RedisReply to;
  to.nil = from.type == REDIS_REPLY_NIL;
  if (from.type == REDIS_REPLY_INTEGER) to.integer = from.integer;
  if (from.str != nullptr) to.text.assign(from.str, static_cast<std::size_t>(from.len));
  if (from.type != REDIS_REPLY_ARRAY) return to;
  for (std::size_t i = 0; i < from.elements; ++i) to.elements.push_back(copy(*from.element[i]));
  return to;
}

}  // namespace

void RedisConnection::Free::operator()(redisContext* context) const {
  redisFree(context);
}

RedisConnection::RedisConnection(const RedisAddress& address, std::chrono::milliseconds timeout,
                                 const RedisScripts& scripts, const Tenancy& tenancy)
    : scripts_(scripts), tenancy_(tenancy), hashes_(scripts.size()) {
  const auto limit = to_timeval(timeout);
  context_.reset(address.path.empty()
                     ? redisConnectWithTimeout(address.host.c_str(), address.port, limit)
                     : redisConnectUnixWithTimeout(address.path.c_str(), limit));
  if (!context_) throw RedisDown("out of memory", false);
  if (context_->err != 0) fail();
  if (redisSetTimeout(context_.get(), limit) != REDIS_OK) fail();
  set_up(address);
}

void RedisConnection::set_up(const RedisAddress& address) {
  const auto db = std::to_string(address.db);
  const bool enter = !address.password.empty(), select = address.db != 0;
  if (enter && address.user.empty())
    send({"AUTH", address.password});
  else if (enter)
    send({"AUTH", address.user, address.password});
  if (select) send({"SELECT", db});
  for (const auto script : scripts_) send({"SCRIPT", "LOAD", script});
  send({"INFO", "server"});
  send_check();

  if (enter) receive();
  if (select) receive();
  // Where this user may not load scripts, EVAL carries them.
  for (auto& hash : hashes_) hash = receive_if_allowed().text;
  run_id_ = info_value(receive().text, "run_id");
  if (!tenancy_.installation.empty()) run_id_ += "." + tenancy_.installation;
  receive_check();
}

RedisReply RedisConnection::command(const Arguments& arguments) {
  const bool check = std::chrono::steady_clock::now() >= next_check_;
  if (check) send_check();
  send(arguments);
  if (check) receive_check();
  return receive();
}

void RedisConnection::probe() {
  const auto key = tenancy_.prefix + "feedctl:probe";
  next_check_ = {};
  try {
    command({"SET", key, "1", "PX", "1000"});
  } catch (const RedisRefused& refused) {
    if (classify_redis_error(refused.what()) != RedisFault::permission) throw;
    command({"PING"});
  }
}

void RedisConnection::send_check() {
  send({"ROLE"});
  if (tenancy_.installation.empty()) return;
  const auto key = tenancy_.prefix + std::string(owner_name);
  send({"EVAL", claim_text, "1", key, tenancy_.installation, owner_life_ms});
}

void RedisConnection::receive_check() {
  const auto role = receive_if_allowed();
  if (!role.elements.empty() && role.elements[0].text != "master")
    throw RedisUnfit("it is not a primary: its role is " + role.elements[0].text);
  next_check_ = std::chrono::steady_clock::now() + check_interval;
  if (tenancy_.installation.empty()) return;
  const auto owner = receive_if_allowed().text;
  if (owner.empty() || owner == tenancy_.installation) return;
  const auto key = tenancy_.prefix + std::string(owner_name);
  throw RedisUnfit(
      "another installation uses it (" + owner + "; this one is " + tenancy_.installation + ")",
      "set redis.prefix here, such as other:, or use another Redis; where that "
      "installation is gone: redis-cli DEL " +
          key);
}

RedisReply RedisConnection::eval(std::size_t script, const Arguments& keys,
                                 const Arguments& arguments) {
  const auto count = std::to_string(keys.size());
  Arguments all{"EVALSHA", hashes_[script], count};
  std::vector<std::string> names;
  if (tenancy_.prefix.empty()) {
    all.insert(all.end(), keys.begin(), keys.end());
  } else {
    for (const auto key : keys) names.push_back(tenancy_.prefix + std::string(key));
    all.insert(all.end(), names.begin(), names.end());
  }
  all.insert(all.end(), arguments.begin(), arguments.end());
  if (!hashes_[script].empty()) {
    try {
      return command(all);
    } catch (const RedisRefused& refused) {
      if (refused.word() != "NOSCRIPT") throw;
    }
  }
  all[0] = "EVAL";
  all[1] = scripts_[script];
  return command(all);
}

void RedisConnection::send(const Arguments& arguments) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto argument : arguments) {
    texts.push_back(argument.data() == nullptr ? "" : argument.data());
    sizes.push_back(argument.size());
  }
  const auto count = static_cast<int>(arguments.size());
  if (redisAppendCommandArgv(context_.get(), count, texts.data(), sizes.data()) != REDIS_OK) fail();
}

RedisReply RedisConnection::receive() {
  void* raw = nullptr;
  if (redisGetReply(context_.get(), &raw) != REDIS_OK) fail();
  const std::unique_ptr<void, void (*)(void*)> reply(raw, freeReplyObject);
  const auto& answer = *static_cast<const redisReply*>(raw);
  auto copied = copy(answer);
  if (answer.type != REDIS_REPLY_ERROR) return copied;
  if (classify_redis_error(copied.text) == RedisFault::server) throw RedisUnfit(copied.text);
  throw RedisRefused(copied.text);
}

// Nothing where this command is refused.
RedisReply RedisConnection::receive_if_allowed() {
  try {
    return receive();
  } catch (const RedisRefused&) {
    return {};
  }
}

void RedisConnection::fail() const {
  const bool timed_out = context_->err == REDIS_ERR_IO &&
                         (errno == EAGAIN || errno == EWOULDBLOCK || errno == ETIMEDOUT);
  throw RedisDown(timed_out ? "no answer in time" : context_->errstr, timed_out);
}

std::string info_value(std::string_view info, std::string_view name) {
  for (std::size_t at = 0; at < info.size();) {
    const auto end = std::min(info.find("\r\n", at), info.size());
    const auto line = info.substr(at, end - at);
    if (line.size() > name.size() && line.substr(0, name.size()) == name &&
        line[name.size()] == ':') {
      return std::string(line.substr(name.size() + 1));
    }
    at = end + 2;
  }
  return "";
}

}  // namespace feedctl::cache
