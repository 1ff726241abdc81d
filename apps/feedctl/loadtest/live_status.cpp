#include "feedctl/loadtest/live_status.hpp"

#include <algorithm>
#include <array>

#include "loadtest/chart_svg.hpp"
#include "loadtest/number_text.hpp"

namespace feedctl::cli {

namespace {

using namespace loadtest;

constexpr std::size_t curve_seconds = 60;

// At most `width` code points of well-formed UTF-8.
std::string cut(const std::string& text, std::size_t width) {
  std::size_t at = 0;
  for (std::size_t count = 0; at < text.size(); ++at) {
    const bool is_first = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (is_first && count++ == width) break;
  }
  return text.substr(0, at);
}

std::string asked_text(const Interval& interval) {
  return interval.planned_rate > 0 ? "asked " + rate_text(interval.planned_rate) + "/s  " : "";
}

}  // namespace

std::string sparkline(const std::deque<std::chrono::microseconds>& values) {
  static constexpr std::array<const char*, 8> bars{"\u2581", "\u2582", "\u2583", "\u2584",
                                                   "\u2585", "\u2586", "\u2587", "\u2588"};
  std::string out;
  if (values.empty()) return out;
  const auto highest = std::max_element(values.begin(), values.end())->count();
  for (const auto value : values) {
    if (value.count() <= 0)
      out += ' ';
    else
      out += bars[static_cast<std::size_t>((value.count() * 8 - 1) / highest)];
  }
  return out;
}

void LiveStatus::add(const Interval& interval, const std::optional<ServerSample>& sample) {
  last_ = interval;
  errors_ += interval.errors;
  for (std::size_t i = 0; i < outcome_count; ++i) kinds_[i] += interval.outcomes[i];
  p99_.push_back(interval.p99);
  if (p99_.size() > curve_seconds) p99_.pop_front();
  if (!sample) return;
  for (const auto& [name, value] : sample->values) server_[name] = value;
}

std::vector<std::string> LiveStatus::lines(std::size_t width) const {
  const auto highest =
      p99_.empty() ? std::chrono::microseconds{} : *std::max_element(p99_.begin(), p99_.end());
  std::vector<std::string> lines{
      printable_text(title_) + "  " + time_text(),
      "  rate     " + asked_text(last_) + "answered " + std::to_string(last_.answers) +
          "/s  in flight " + std::to_string(last_.in_flight),
      "  latency  p50 " + latency_text(last_.p50) + "  p99 " + latency_text(last_.p99) + "  max " +
          latency_text(last_.max),
      "  p99      " + sparkline(p99_) + " up to " + latency_text(highest),
      "  errors   " + errors_text()};
  if (const auto server = server_text(); !server.empty()) lines.push_back("  server   " + server);
  for (auto& line : lines) line = cut(line, width);
  return lines;
}

std::string LiveStatus::line() const {
  const auto server = server_text();
  return time_text() + ": " + asked_text(last_) + "answered " + std::to_string(last_.answers) +
         "/s, p50 " + latency_text(last_.p50) + ", p99 " + latency_text(last_.p99) + ", max " +
         latency_text(last_.max) + ", errors " + errors_text() +
         (server.empty() ? "" : ", " + server);
}

std::string LiveStatus::time_text() const {
  const double passed = last_.second + 1.0;
  const double left = static_cast<double>(planned_.count()) / 1000 - passed;
  return clock_text(passed) + (left > 0 ? ", " + clock_text(left) + " left" : "");
}

std::string LiveStatus::errors_text() const {
  std::string kinds;
  for (std::size_t i = 0; i < outcome_count; ++i) {
    if (static_cast<Outcome>(i) == Outcome::ok || kinds_[i] == 0) continue;
    kinds += (kinds.empty() ? " (" : ", ") + std::string(name_of(static_cast<Outcome>(i))) + " " +
             count_text(kinds_[i]);
  }
  return count_text(errors_) + (kinds.empty() ? "" : kinds + ")");
}

std::string LiveStatus::server_text() const {
  std::string text;
  const auto add = [&](const char* name, const char* title, std::string (*format)(double)) {
    const auto found = server_.find(name);
    if (found == server_.end()) return;
    text += (text.empty() ? "" : "  ") + std::string(title) + " " + format(found->second);
  };
  add("cache_hit_ratio", "hit ratio", percent_text);
  const auto whole = [](double value) {
    return value >= 0 && value < 1e15 ? count_text(static_cast<std::uint64_t>(value))
                                      : fixed_text(value, 0);
  };
  add("event_backlog", "backlog", whole);
  add("jobs_open", "jobs", whole);
  return text;
}

}  // namespace feedctl::cli
