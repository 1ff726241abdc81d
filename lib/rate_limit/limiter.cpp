#include "rate_limit/limiter.hpp"

#include <array>
#include <vector>

#include "base/log.hpp"
#include "rate_limit/gcra_script.hpp"
#include "rate_limit/verdict.hpp"

namespace feedctl::rate_limit {

namespace {

constexpr std::size_t gcra_script_index = 0;
constexpr std::size_t numbers_per_state = 3;

metrics::Counter& checks_counter(const char* store) {
  return metrics::counter("feedctl_rate_limit_checks_total",
                          "Requests that were counted against rate limits, by what counted them.",
                          {{"store", store}});
}

BucketState to_state(std::span<const redis::Reply> numbers) {
  return {numbers[0].integer, numbers[1].integer, numbers[2].integer};
}

}  // namespace

Limiter::Limiter(const config::RateLimitConfig& config, const redis::PoolOptions& redis)
    : limits_(Limits(config)) {
  if (!redis.url.empty()) redis_.emplace(redis, redis::Scripts{gcra_script});
}

void Limiter::set_installation(const std::string& installation) {
  if (redis_) redis_->set_installation(installation);
}

void Limiter::Charges::add(const Limit* limit, const std::string& subject) {
  if (limit != nullptr) items[count++] = {.limit = limit, .key = limit->key_prefix + subject};
}

Limiter::Charges Limiter::charges_of(const Limits& limits, const http::Request& request,
                                     http::RateClass rate_class) {
  Charges charges;
  if (request.identity)
    charges.add(limits.user_limit(rate_class), std::to_string(request.identity->user_id));
  const auto* limit = limits.address_limit(rate_class);
  if (limit == nullptr) return charges;
  const auto address = IpAddress::parse(request.client_address);
  if (limits.is_exempt(address))
    warn_of_proxy(request,
                  "requests come from an exempt address with X-Forwarded-For, so that no limit by "
                  "address applies; if it is a proxy, name it in server.trusted_proxies");
  else
    charges.add(limit, address_subject(address));
  return charges;
}

// A peer that forwards for others is a proxy. Where the configuration does not name it, its clients
// have no limit, or share one.
void Limiter::warn_of_proxy(const http::Request& request, std::string_view message) {
  if (has_warned_.load(std::memory_order_relaxed) || request.header("x-forwarded-for") == nullptr ||
      has_warned_.exchange(true))
    return;
  log::warning(message, {{"client", request.client_address}});
}

void Limiter::on_refused(const http::Request& request) {
  const auto address = IpAddress::parse(request.client_address);
  if (address && !is_private(*address) && !address->is_loopback()) return;
  warn_of_proxy(request,
                "requests of a private address with X-Forwarded-For are refused; if it is a "
                "proxy, name it in server.trusted_proxies, so that each client has its own limit");
}

http::RateLimitVerdict Limiter::check(const http::Request& request, http::RateClass rate_class,
                                      http::RunOn run_on) {
  const auto& limits = limits_.get();
  if (!limits.is_enabled()) return {};
  auto charges = charges_of(limits, request, rate_class);
  if (charges.count == 0) return {};
  const bool may_wait = run_on == http::RunOn::pool;
  if (!may_wait || !redis_)
    charge_locally(charges.all(), false);
  else if (!charge_redis(charges.all()))
    charge_locally(charges.all(), true);
  VerdictBuilder builder;
  for (const auto& charge : charges.all()) builder.add(*charge.limit, charge.state);
  auto verdict = std::move(builder).build();
  if (verdict.refusal) on_refused(request);
  return verdict;
}

bool Limiter::charge_redis(std::span<Charge> charges) {
  static auto& checks = checks_counter("redis");
  std::vector<std::string> numbers;
  for (const auto& charge : charges) {
    numbers.push_back(std::to_string(charge.limit->rate.interval_us));
    numbers.push_back(std::to_string(charge.limit->rate.burst));
  }
  std::vector<std::string_view> keys;
  for (const auto& charge : charges) keys.push_back(charge.key);
  redis::Reply reply;
  const bool is_done = redis_->run([&](redis::Connection& redis) {
    reply = redis.eval(gcra_script_index, keys, {numbers.begin(), numbers.end()});
    if (reply.elements.size() != numbers_per_state * charges.size())
      throw redis::ReplyError("an unexpected answer to a script");
  });
  if (!is_done) return false;
  const std::span<const redis::Reply> all(reply.elements);
  for (std::size_t i = 0; i < charges.size(); ++i)
    charges[i].state = to_state(all.subspan(numbers_per_state * i, numbers_per_state));
  checks.add();
  return true;
}

void Limiter::charge_locally(std::span<Charge> charges, bool is_redis_down) {
  static auto& checks = checks_counter("memory");
  std::array<LocalBuckets::Charge, LocalBuckets::max_charges> local;
  std::array<BucketState, LocalBuckets::max_charges> states;
  for (std::size_t i = 0; i < charges.size(); ++i) {
    const auto& limit = *charges[i].limit;
    const bool is_strict = limit.is_strict();
    local[i] = {charges[i].key, is_strict && is_redis_down ? limit.strict_rate() : limit.rate,
                is_strict};
  }
  local_.charge({local.data(), charges.size()}, {states.data(), charges.size()});
  for (std::size_t i = 0; i < charges.size(); ++i) charges[i].state = states[i];
  checks.add();
}

}  // namespace feedctl::rate_limit
