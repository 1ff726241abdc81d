#include "rate_limit/limits.hpp"

#include <algorithm>

namespace feedctl::rate_limit {

namespace {

using http::RateClass;

constexpr std::int64_t strict_divisor = 4;
constexpr std::size_t v6_network_bytes = 8;  // one customer has a /64, and may use all of it

// Rounded up, so that the rate is never exceeded.
GcraRate to_gcra(const config::Rate& rate) {
  const auto period_us = std::chrono::microseconds(rate.period).count();
  return {(period_us + rate.count - 1) / rate.count, rate.burst};
}

std::string policy_item(const std::string& name, const config::Rate& rate) {
  return '"' + name + "\";q=" + std::to_string(rate.count) +
         ";w=" + std::to_string(rate.period.count() / 1000);
}

bool is_v4(const std::string& text) {
  return text.find(':') == std::string::npos;
}

// A translator shows every IPv4 client in this range (RFC 6052), so they are not one customer.
bool is_translated_v4(const IpAddress& address) {
  static const auto well_known = IpRange::parse("64:ff9b::/96");
  return well_known->contains(address);
}

}  // namespace

bool Limit::is_strict() const {
  return rate_class == RateClass::login || rate_class == RateClass::upload ||
         rate_class == RateClass::admin;
}

GcraRate Limit::strict_rate() const {
  return {rate.interval_us * strict_divisor,
          std::max<std::int64_t>(1, rate.burst / strict_divisor)};
}

Limits::Limits(const config::RateLimitConfig& config) : enabled_(config.enabled) {
  set(users_, "user", RateClass::read, config.user.read);
  set(users_, "user", RateClass::write, config.user.write);
  set(users_, "user", RateClass::upload, config.user.upload);
  set(users_, "user", RateClass::admin, config.user.admin);
  set(addresses_, "address", RateClass::read, config.address.read);
  set(addresses_, "address", RateClass::write, config.address.write);
  set(addresses_, "address", RateClass::login, config.address.login);
  set(addresses_, "address", RateClass::upload, config.address.upload);
  set(addresses_, "address", RateClass::admin, config.address.admin);
  for (const auto& entry : config.exempt_addresses) {
    if (entry == "unix") is_unix_exempt_ = true;
    if (const auto range = IpRange::parse(entry)) exempt_.push_back(*range);
  }
}

void Limits::set(Table& table, std::string_view subject, RateClass rate_class,
                 const config::Rate& rate) {
  if (rate.is_off()) return;
  const std::string class_name(http::to_string(rate_class));
  const auto name = std::string(subject) + '.' + class_name;
  auto& refused = metrics::counter("feedctl_rate_limit_refused_total",
                                   "Requests above a rate limit, by the limit.",
                                   {{"class", class_name}, {"limit", std::string(subject)}});
  table.at(static_cast<std::size_t>(rate_class)) =
      Limit{rate_class, subject, to_gcra(rate), name, "rate:" + name + ':', policy_item(name, rate),
            &refused};
}

bool Limits::is_exempt(const std::optional<IpAddress>& address) const {
  if (!address) return is_unix_exempt_;
  return std::any_of(exempt_.begin(), exempt_.end(),
                     [&](const IpRange& range) { return range.contains(*address); });
}

std::string address_subject(const std::optional<IpAddress>& address) {
  if (!address) return "unix";
  const auto text = address->to_string();
  if (is_v4(text) || is_translated_v4(*address)) return text;
  auto network = *address;
  std::fill(network.bytes.begin() + v6_network_bytes, network.bytes.end(), 0);
  return network.to_string() + "/64";
}

bool is_private(const IpAddress& address) {
  static const std::array ranges{IpRange::parse("10.0.0.0/8"), IpRange::parse("172.16.0.0/12"),
                                 IpRange::parse("192.168.0.0/16"), IpRange::parse("100.64.0.0/10"),
                                 IpRange::parse("fc00::/7")};
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const auto& range) { return range->contains(address); });
}

}  // namespace feedctl::rate_limit
