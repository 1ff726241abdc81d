#pragma once
// Figures of load tests as texts for people, in ASCII. Pure functions; any thread.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace feedctl::loadtest {

// Three significant digits: "85 us", "4.21 ms", "12.3 s". At least a microsecond is shown.
std::string latency_text(double us);
inline std::string latency_text(std::chrono::microseconds latency) {
  return latency_text(static_cast<double>(latency.count()));
}
// "12,345".
std::string count_text(std::uint64_t count);
// "12,345", below 1000 with one decimal: "199.9".
std::string rate_text(double per_second);
// Of a fraction: "0.12 %"; what is not zero is never shown as 0.
std::string percent_text(double fraction);
// With its sign: "+3.1 %".
std::string change_text(double fraction);
// "90 s", "5 min", "1 h 2 min".
std::string duration_text(std::chrono::milliseconds duration);
// "3.5 GiB".
std::string bytes_text(double bytes);
// `value` with this many decimals, as a power of ten from 1e15 on.
std::string fixed_text(double value, int decimals);

// On one line for a terminal: bytes that are not UTF-8 and control characters become "?". Cut after
// `max_bytes` with "...".
std::string printable_text(std::string_view text, std::size_t max_bytes = 200);

}  // namespace feedctl::loadtest
