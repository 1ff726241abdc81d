#include "cache/redis_connection.hpp"

#include <hiredis/hiredis.h>
#include <sys/time.h>

#include <cerrno>

namespace feedctl::cache {
namespace {

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
                                 const RedisScripts& scripts)
    : scripts_(scripts), hashes_(scripts.size()) {
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

  if (enter) receive();
  if (select) receive();
  for (auto& hash : hashes_) {
    try {
      hash = receive().text;
    } catch (const RedisRefused&) {  // this user may not load scripts: EVAL carries them
    }
  }
  run_id_ = info_value(receive().text, "run_id");
}

RedisReply RedisConnection::command(const Arguments& arguments) {
  send(arguments);
  return receive();
}

RedisReply RedisConnection::eval(std::size_t script, const Arguments& keys,
                                 const Arguments& arguments) {
  const auto count = std::to_string(keys.size());
  Arguments all{"EVALSHA", hashes_[script], count};
  all.insert(all.end(), keys.begin(), keys.end());
  all.insert(all.end(), arguments.begin(), arguments.end());
  if (!hashes_[script].empty()) {
    try {
      return command(all);
    } catch (const RedisRefused& refused) {
      if (std::string_view(refused.what()).substr(0, 8) != "NOSCRIPT") throw;
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
  if (answer.type == REDIS_REPLY_ERROR) throw RedisRefused(copied.text);
  return copied;
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
