#include "loadtest/metrics_scraper.hpp"

#include <iterator>
#include <utility>

#include "base/error.hpp"
#include "base/http_url.hpp"
#include "loadtest/number_text.hpp"

namespace feedctl::loadtest {

std::string metrics_url(const std::string& url) {
  try {
    auto parts = parse_http_url(url);
    if (parts.path != "/" || !parts.query.empty()) return url;
    return parts.origin() + "/metrics";
  } catch (const UrlError& error) {
    throw Error(ErrorCode::usage, "the URL of metrics " + std::string(error.what()))
        .with_hint("give one such as http://127.0.0.1:8000/metrics");
  }
}

http_client::Options scrape_options() {
  using std::chrono::milliseconds;
  return {.connect_timeout = milliseconds{1000},
          .read_timeout = milliseconds{2000},
          .deadline = milliseconds{2000},
          .max_body = std::size_t{8} << 20,
          .ca_file = "",
          .allow_loopback_http = true,
          .allow_private_addresses = true,
          .allow_private_http = true,
          .user_agent = "feedctl loadtest"};
}

MetricsScraper::MetricsScraper(const std::string& url, http_client::Options options)
    : client_(std::move(options)) {
  add(url);
  thread_.start(thread_.lock(), [this] { run(); });
}

void MetricsScraper::add(const std::string& url) {
  auto checked = metrics_url(url);
  const auto lock = thread_.lock();
  sources_.push_back({.url = std::move(checked)});
}

std::optional<ServerSample> MetricsScraper::scrape(std::uint32_t second) {
  const auto lock = thread_.lock();
  if (!wanted_) {
    wanted_ = second;
    thread_.wake();
  }
  return take_newest();
}

std::optional<ServerSample> MetricsScraper::finish() {
  auto lock = thread_.lock();
  finished_.wait(lock, [this] { return !wanted_; });
  return take_newest();
}

std::vector<std::string> MetricsScraper::notes() const {
  const auto lock = thread_.lock();
  std::vector<std::string> notes;
  for (const auto& source : sources_) {
    if (source.failures == 0) continue;
    notes.push_back(printable_text(source.url) + " gave no figures " + count_text(source.failures) +
                    " of " + count_text(source.readings) +
                    " times: " + printable_text(source.last_failure));
  }
  return notes;
}

std::optional<ServerSample> MetricsScraper::take_newest() {
  return std::exchange(newest_, std::nullopt);
}

void MetricsScraper::run() {
  auto lock = thread_.lock();
  while (thread_.wait(lock, [this] { return wanted_.has_value(); })) {
    const auto second = *wanted_;
    lock.unlock();
    auto sample = read(second);
    lock.lock();
    if (sample) newest_ = std::move(sample);
    wanted_.reset();
    finished_.notify_all();
  }
}

std::optional<ServerSample> MetricsScraper::read(std::uint32_t second) {
  std::vector<MetricSample> samples;
  bool is_partial = false;
  for (std::size_t i = 0;; ++i) {
    auto lock = thread_.lock();
    if (i >= sources_.size() || thread_.is_stopping(lock)) break;
    const auto url = sources_[i].url;
    lock.unlock();
    std::string failure;
    const auto text = fetch(url, failure);
    auto parsed = text ? parse_prometheus_text(*text).samples : std::vector<MetricSample>{};
    lock.lock();
    const bool has_answered = sources_[i].readings > sources_[i].failures;
    ++sources_[i].readings;
    if (!text) {
      is_partial = is_partial || has_answered;
      ++sources_[i].failures;
      sources_[i].last_failure = failure;
      continue;
    }
    samples.insert(samples.end(), std::make_move_iterator(parsed.begin()),
                   std::make_move_iterator(parsed.end()));
  }
  if (samples.empty() || is_partial) return std::nullopt;
  return ServerSample{second, values_.next(samples)};
}

std::optional<std::string> MetricsScraper::fetch(const std::string& url,
                                                 std::string& failure) const {
  try {
    auto response = client_.get(url, {{"Accept", "text/plain;version=0.0.4"}});
    if (response.status == 200) return std::move(response.body);
    failure = "status " + std::to_string(response.status);
  } catch (const Error& error) {
    failure = error.detail().empty() ? error.what() : error.detail();
  }
  return std::nullopt;
}

}  // namespace feedctl::loadtest
