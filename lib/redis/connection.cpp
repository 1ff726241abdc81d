#include "redis/connection.hpp"

#include <hiredis/hiredis.h>

#include <cerrno>
#include <csignal>

#include "base/timeval.hpp"

namespace feedctl::redis {
namespace {

// A demoted server may be taken for a primary this long.
constexpr std::chrono::seconds health_check_interval{1};
// An installation that is idle this long loses its ownership.
constexpr const char* owner_ttl_ms = "600000";

// KEYS: the owner key; ARGV: this installation, TTL in ms -> the owner. Without an owner this
// installation becomes it.
constexpr std::string_view claim_owner_script = R"lua(
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

Reply to_reply(const redisReply& from) {
  Reply to;
  to.is_nil = from.type == REDIS_REPLY_NIL;
  if (from.type == REDIS_REPLY_INTEGER) to.integer = from.integer;
  if (from.str != nullptr) to.text.assign(from.str, static_cast<std::size_t>(from.len));
  if (from.type != REDIS_REPLY_ARRAY) return to;
  to.elements.reserve(from.elements);
  for (std::size_t i = 0; i < from.elements; ++i) to.elements.push_back(to_reply(*from.element[i]));
  return to;
}

}  // namespace

void Connection::ContextDeleter::operator()(redisContext* context) const {
  redisFree(context);
}

Connection::Connection(const Address& address, std::chrono::milliseconds timeout,
                       const Scripts& scripts, const Tenancy& tenancy)
    : scripts_(scripts), tenancy_(tenancy), script_hashes_(scripts.size()) {
  std::signal(SIGPIPE, SIG_IGN);  // hiredis writes without MSG_NOSIGNAL
  const auto limit = to_timeval(timeout);
  context_.reset(address.path.empty()
                     ? redisConnectWithTimeout(address.host.c_str(), address.port, limit)
                     : redisConnectUnixWithTimeout(address.path.c_str(), limit));
  if (!context_) throw ConnectionError("out of memory", false);
  if (context_->err != 0) throw_connection_error();
  if (redisSetTimeout(context_.get(), limit) != REDIS_OK) throw_connection_error();
  handshake(address);
}

void Connection::handshake(const Address& address) {
  const auto db = std::to_string(address.db);
  const bool enter = !address.password.empty(), select = address.db != 0;
  if (enter && address.user.empty())
    send({"AUTH", address.password});
  else if (enter)
    send({"AUTH", address.user, address.password});
  if (select) send({"SELECT", db});
  for (const auto script : scripts_) send({"SCRIPT", "LOAD", script});
  send({"INFO", "server"});
  send_health_check();

  if (enter) receive();
  if (select) receive();
  // If this user may not load scripts, eval() sends them by EVAL.
  for (auto& hash : script_hashes_) hash = receive_if_allowed().text;
  run_id_ = info_value(receive().text, "run_id");
  if (!tenancy_.installation.empty()) run_id_ += "." + tenancy_.installation;
  receive_health_check();
}

Reply Connection::command(const Arguments& arguments) {
  const bool check = std::chrono::steady_clock::now() >= next_health_check_;
  if (check) send_health_check();
  send(arguments);
  if (check) receive_health_check();
  return receive();
}

void Connection::probe() {
  const auto key = tenancy_.prefix + "feedctl:probe";
  next_health_check_ = {};
  try {
    command({"SET", key, "1", "PX", "1000"});
  } catch (const ReplyError& refused) {
    if (classify_error(refused.what()) != ErrorScope::permission) throw;
    command({"PING"});
  }
}

void Connection::send_health_check() {
  send({"ROLE"});
  if (tenancy_.installation.empty()) return;
  const auto key = tenancy_.prefix + std::string(owner_key);
  send({"EVAL", claim_owner_script, "1", key, tenancy_.installation, owner_ttl_ms});
}

void Connection::receive_health_check() {
  const auto role = receive_if_allowed();
  if (!role.elements.empty() && role.elements[0].text != "master")
    throw UnusableServerError("it is not a primary: its role is " + role.elements[0].text);
  next_health_check_ = std::chrono::steady_clock::now() + health_check_interval;
  if (tenancy_.installation.empty()) return;
  const auto owner = receive_if_allowed().text;
  if (owner.empty() || owner == tenancy_.installation) return;
  const auto key = tenancy_.prefix + std::string(owner_key);
  throw UnusableServerError(
      "another installation uses it (" + owner + "; this one is " + tenancy_.installation + ")",
      "set redis.prefix here, such as other:, or use another Redis; where that "
      "installation is gone: redis-cli DEL " +
          key);
}

Reply Connection::eval(std::size_t script, const Arguments& keys, const Arguments& arguments) {
  const auto count = std::to_string(keys.size());
  Arguments all;
  all.reserve(3 + keys.size() + arguments.size());
  all.insert(all.end(), {"EVALSHA", script_hashes_[script], count});
  std::vector<std::string> names;
  if (tenancy_.prefix.empty()) {
    all.insert(all.end(), keys.begin(), keys.end());
  } else {
    names.reserve(keys.size());
    for (const auto key : keys) names.push_back(tenancy_.prefix + std::string(key));
    all.insert(all.end(), names.begin(), names.end());
  }
  all.insert(all.end(), arguments.begin(), arguments.end());
  if (!script_hashes_[script].empty()) {
    try {
      return command(all);
    } catch (const ReplyError& refused) {
      if (refused.error_prefix() != "NOSCRIPT") throw;
    }
  }
  all[0] = "EVAL";
  all[1] = scripts_[script];
  return command(all);
}

void Connection::send(const Arguments& arguments) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  texts.reserve(arguments.size());
  sizes.reserve(arguments.size());
  for (const auto argument : arguments) {
    texts.push_back(argument.data() == nullptr ? "" : argument.data());
    sizes.push_back(argument.size());
  }
  const auto count = static_cast<int>(arguments.size());
  if (redisAppendCommandArgv(context_.get(), count, texts.data(), sizes.data()) != REDIS_OK)
    throw_connection_error();
}

Reply Connection::receive() {
  void* raw = nullptr;
  if (redisGetReply(context_.get(), &raw) != REDIS_OK) throw_connection_error();
  const std::unique_ptr<void, void (*)(void*)> reply(raw, freeReplyObject);
  const auto& answer = *static_cast<const redisReply*>(raw);
  auto copied = to_reply(answer);
  if (answer.type != REDIS_REPLY_ERROR) return copied;
  if (classify_error(copied.text) == ErrorScope::server) throw UnusableServerError(copied.text);
  throw ReplyError(copied.text);
}

// An empty reply if the server refuses the command.
Reply Connection::receive_if_allowed() {
  try {
    return receive();
  } catch (const ReplyError&) {
    return {};
  }
}

void Connection::throw_connection_error() const {
  const bool timed_out = context_->err == REDIS_ERR_IO &&
                         (errno == EAGAIN || errno == EWOULDBLOCK || errno == ETIMEDOUT);
  throw ConnectionError(timed_out ? "no answer in time" : context_->errstr, timed_out);
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

}  // namespace feedctl::redis
