#include "feedctl/loadtest/drill_load.hpp"

#include <optional>
#include <thread>
#include <utility>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "loadtest/answer_checker.hpp"
#include "loadtest/engine.hpp"
#include "loadtest/final_check.hpp"
#include "loadtest/metrics_scraper.hpp"
#include "loadtest/mix_reader.hpp"
#include "loadtest/preflight.hpp"

namespace feedctl::cli {

namespace {

using loadtest::LoadResult;
using std::chrono::milliseconds;

constexpr std::size_t max_users = 500;
constexpr std::size_t made_users = 20;  // where the hot feed names none
constexpr double check_share = 0.2;
constexpr milliseconds request_timeout{10'000};
// Requests that time out may still be at work when the load is over.
constexpr std::chrono::seconds wait_for_late_commands{1};

std::string authority_of(int port) {
  return "127.0.0.1:" + std::to_string(port);
}

std::string origin_of(int port) {
  return "http://" + authority_of(port);
}

}  // namespace

class DrillLoad::Observer : public loadtest::LoadObserver {
 public:
  explicit Observer(DrillLoad& load) : load_(load), scraper_(origin_of(load.port_)) {}

  void on_interval(const loadtest::Interval& interval) override {
    add(scraper_.scrape(interval.second));
  }
  bool should_stop() override { return load_.should_stop_; }

  void finish(LoadResult& result) {
    add(scraper_.finish());
    result.server = std::move(samples_);
    result.notes = scraper_.notes();
  }

 private:
  void add(std::optional<loadtest::ServerSample> sample) {
    if (!sample) return;
    sample->values["event_backlog"] = static_cast<double>(load_.backlog_);
    samples_.push_back(*std::move(sample));
  }

  DrillLoad& load_;
  loadtest::MetricsScraper scraper_;
  std::vector<loadtest::ServerSample> samples_;
};

DrillLoad::DrillLoad(const DrillOptions& options, int port, bool may_views_shrink)
    : options_(options), port_(port), may_views_shrink_(may_views_shrink) {
  auto mix = loadtest::load_mix(options.mix);
  const loadtest::Preflight preflight(origin_of(port), [] { return false; });
  preflight.require_ready();
  auto users = preflight.find_users(max_users);
  if (users.empty()) users = preflight.make_users(made_users);
  for (const auto& user : users) preflight.require_accepted(user);
  known_ = preflight.find_ids(mix);
  users_ = std::make_shared<loadtest::UserPool>(std::move(users), mix.zipf_exponent);
  mix_ = std::make_shared<loadtest::Mix>(std::move(mix));
}

DrillLoad::~DrillLoad() {
  stop();
  if (result_.valid()) result_.wait();
}

void DrillLoad::start() {
  constexpr milliseconds poll_interval{10};
  result_ = std::async(std::launch::async, [this] { return run(); });
  // A busy machine may take seconds until then: the fault must not come before the load.
  while (!has_source_ && !is_over()) std::this_thread::sleep_for(poll_interval);
  started_at_ = loadtest::Clock::now();
}

bool DrillLoad::is_over() const {
  return result_.wait_for(milliseconds{0}) == std::future_status::ready;
}

milliseconds DrillLoad::elapsed() const {
  return std::chrono::duration_cast<milliseconds>(loadtest::Clock::now() - started_at_);
}

std::unique_ptr<loadtest::RequestSource> DrillLoad::make_source(int thread) {
  loadtest::ScenarioOptions scenario;
  scenario.authority = authority_of(port_);
  scenario.key_prefix = "drill-" + make_uuid_v7() + "-" + std::to_string(thread);
  auto traffic =
      std::make_unique<loadtest::ScenarioSource>(mix_, users_, known_, std::move(scenario));
  loadtest::CheckOptions checks;
  checks.host = authority_of(port_);
  checks.operation = static_cast<std::uint16_t>(mix_->operations.size());
  checks.share = check_share;
  checks.may_views_shrink = may_views_shrink_;
  auto checked = std::make_unique<loadtest::AnswerChecker>(std::move(traffic), checks, checks_);
  has_source_ = true;
  return std::make_unique<loadtest::RecordingSource>(std::move(checked), answers_);
}

LoadResult DrillLoad::run() {
  loadtest::EngineOptions engine;
  engine.host = "127.0.0.1";
  engine.port = port_;
  engine.stages = {{options_.rate, options_.duration}};
  engine.connections = options_.connections;
  engine.warm_up = warm_up;
  engine.timeout = request_timeout;
  auto operations = loadtest::operation_names(*mix_);
  operations.emplace_back("check");
  Observer observer(*this);
  auto result = loadtest::run_load(
      engine, [this](int thread) { return make_source(thread); }, operations, observer);
  observer.finish(result);
  return result;
}

LoadResult DrillLoad::finish() {
  auto result = result_.get();
  result.url = origin_of(port_);
  result.mix = mix_->name;
  if (!result.was_interrupted) {
    loadtest::check_final_state(checks_, loadtest::make_fetch(result.url),
                                [] { std::this_thread::sleep_for(wait_for_late_commands); });
  }
  result.findings = checks_.findings();
  return result;
}

}  // namespace feedctl::cli
