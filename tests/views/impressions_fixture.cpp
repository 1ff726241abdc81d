#include "views/impressions_fixture.hpp"

#include "support/database_options.hpp"

namespace feedctl::test {

using namespace std::chrono_literals;

ImpressionsFixture::ImpressionsFixture() {
  fresh.execute(
      "INSERT INTO contents (id, type, title) SELECT n, 'video', 'v' FROM generate_series(1, 9) n");
}

store::Options ImpressionsFixture::database_options() const {
  auto options = support::long_timeouts();
  options.url = fresh.url();
  return options;
}

redis::PoolOptions ImpressionsFixture::redis_options() const {
  redis::PoolOptions options;
  options.url = server.url();
  options.timeout = 10s;
  options.pool_size = 2;
  return options;
}

views::ImpressionRecorder::Options ImpressionsFixture::options() const {
  views::ImpressionRecorder::Options options;
  options.redis = redis_options();
  options.period = 2ms;
  options.max_redis_attempts = 1'000'000'000;
  return options;
}

std::int64_t ImpressionsFixture::in_redis(Id content, const std::string& label) const {
  const auto text = server.cli("HGET views:counter:" + label + " " + std::to_string(content));
  return text.empty() ? 0 : std::stoll(text);
}

std::int64_t ImpressionsFixture::in_database(Id content) const {
  return std::stoll(
      fresh.execute("SELECT counter FROM contents WHERE id = " + std::to_string(content)));
}

double recorded(const std::string& store) {
  return metrics::counter("feedctl_impressions_recorded_total", "", {{"store", store}}).value();
}
double dropped(const std::string& reason) {
  return metrics::counter("feedctl_impressions_dropped_total", "", {{"reason", reason}}).value();
}
double pending() {
  return metrics::gauge("feedctl_impressions_pending", "").value();
}
double redis_failures() {
  return metrics::counter("feedctl_cache_errors_total", "").value();
}

}  // namespace feedctl::test
