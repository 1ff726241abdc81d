#include "feedctl/loadtest/run.hpp"

#include <cstring>
#include <thread>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "feedctl/cli/interrupts.hpp"
#include "feedctl/loadtest/live_view.hpp"
#include "feedctl/loadtest/load_textfile.hpp"
#include "feedctl/runtime.hpp"
#include "loadtest/answer_checker.hpp"
#include "loadtest/final_check.hpp"
#include "loadtest/metrics_scraper.hpp"
#include "loadtest/preflight.hpp"

namespace feedctl::cli {

namespace {

using loadtest::LoadResult;
using loadtest::LoadUser;

// Requests that time out may still be at work when the load is over.
constexpr std::chrono::seconds wait_for_late_commands{1};

bool is_interrupted() {
  return InterruptGuard::is_raised();
}

class RunObserver : public loadtest::LoadObserver {
 public:
  RunObserver(const Runtime& runtime, const LoadtestPlan& plan)
      : scraper_(plan.server.origin()),
        view_(runtime, plan.mix.name + " at " + plan.server.origin(), plan.planned()) {
    for (const auto& url : plan.metrics) scraper_.add(url);
    if (plan.textfile) textfile_.emplace(*plan.textfile, plan.mix.name);
  }

  void on_interval(const loadtest::Interval& interval) override {
    const auto sample = scraper_.scrape(interval.second);
    if (sample) samples_.push_back(*sample);
    view_.show(interval, sample);
    if (textfile_) textfile_->write(interval);
  }
  bool should_stop() override { return is_interrupted(); }

  void finish(LoadResult& result) {
    view_.finish();
    if (textfile_) textfile_->finish();
    if (auto last = scraper_.finish()) samples_.push_back(*std::move(last));
    result.server = std::move(samples_);
    for (auto& note : scraper_.notes()) result.notes.push_back(std::move(note));
  }

 private:
  loadtest::MetricsScraper scraper_;
  LiveView view_;
  std::optional<LoadTextfile> textfile_;
  std::vector<loadtest::ServerSample> samples_;
};

// What the sources of all threads share.
struct Scenario {
  std::shared_ptr<const loadtest::Mix> mix;
  std::shared_ptr<const loadtest::UserPool> users;
  loadtest::KnownIds known;
  std::vector<LoadUser> check_users;  // no other traffic acts as these
};

std::uint64_t random_seed() {
  const auto bytes = random_bytes(sizeof(std::uint64_t));
  std::uint64_t seed = 0;
  std::memcpy(&seed, bytes.data(), sizeof seed);
  return seed;
}

std::vector<LoadUser> choose_users(const Runtime& runtime, const loadtest::Preflight& preflight,
                                   LoadtestPlan& plan) {
  if (!loadtest::needs_users(plan.mix)) return {};
  if (!plan.has_tokens) preflight.require_open_mode();
  if (!plan.users.empty()) return std::move(plan.users);
  if (plan.users_to_make > 0) {
    runtime.notice("looking for the users lt_0 to lt_" + std::to_string(plan.users_to_make - 1) +
                   ", and making those that are not there");
    return preflight.make_users(plan.users_to_make);
  }
  auto users = preflight.find_users(loadtest::max_found_users);
  if (users.empty() && !is_interrupted())
    throw Error(ErrorCode::failed, "the server's hot feed names no users to act for")
        .with_hint("--users 100 makes some; --users FILE or --tokens FILE names those of yours");
  return users;
}

// With tokens, --check cannot make users: it gets a pair for each of its scripts.
std::vector<LoadUser> reserve_check_users(std::vector<LoadUser>& users, const LoadtestPlan& plan) {
  if (!plan.has_tokens) return {};
  const auto scripts = loadtest::CheckOptions{}.sessions;
  const auto wanted = 2 * scripts * static_cast<std::size_t>(plan.engine.threads);
  if (users.size() <= wanted)
    throw Error(ErrorCode::usage, "--check acts for " + std::to_string(wanted) +
                                      " users of its own, beside those of the load")
        .with_hint("give --tokens with more users, or fewer --threads");
  std::vector<LoadUser> reserved(users.end() - static_cast<std::ptrdiff_t>(wanted), users.end());
  users.resize(users.size() - wanted);
  return reserved;
}

void report_limits(const Runtime& runtime, const loadtest::Preflight& preflight) {
  if (preflight.rate_limit().empty()) return;
  runtime.notice("the server limits what a user and an address may ask for (" +
                 preflight.rate_limit() +
                 "); its answers 429 count as errors. rate_limit.exempt_addresses of the server "
                 "lets this machine pass");
}

Scenario prepare(const Runtime& runtime, LoadtestPlan& plan, bool checks_answers) {
  loadtest::Preflight preflight(plan.server.origin(), is_interrupted);
  preflight.require_ready();
  Scenario scenario;
  auto users = choose_users(runtime, preflight, plan);
  if (!users.empty()) preflight.require_accepted(users.front());
  report_limits(runtime, preflight);
  if (checks_answers) scenario.check_users = reserve_check_users(users, plan);
  scenario.known = preflight.find_ids(plan.mix);
  runtime.notice("load for " + std::to_string(users.size()) + " users at " + plan.server.origin() +
                 ", where " + std::to_string(scenario.known.posts.size()) + " posts are known");
  scenario.users = std::make_shared<loadtest::UserPool>(std::move(users), plan.mix.zipf_exponent);
  scenario.mix = std::make_shared<loadtest::Mix>(plan.mix);
  return scenario;
}

std::unique_ptr<loadtest::ScenarioSource> make_source(const LoadtestPlan& plan,
                                                      const Scenario& scenario, int thread) {
  loadtest::ScenarioOptions options;
  options.authority = plan.server.authority();
  options.key_prefix = "lt-" + make_uuid_v7() + "-" + std::to_string(thread);
  options.seed = random_seed();
  return std::make_unique<loadtest::ScenarioSource>(scenario.mix, scenario.users, scenario.known,
                                                    std::move(options));
}

void require_work(const LoadtestPlan& plan, const Scenario& scenario) {
  loadtest::PlannedRequest request;
  if (is_interrupted() || make_source(plan, scenario, 0)->next(request)) return;
  throw Error(ErrorCode::failed, "the operations of the mix have nothing to work on")
      .with_hint("the server knows no posts yet: add `post` to the mix, or fill its database");
}

void report_start(const Runtime& runtime, const LoadtestPlan& plan) {
  if (!plan.engine.start_at) return;
  runtime.notice(*plan.engine.start_at > now()
                     ? "the load begins at " + rfc3339(*plan.engine.start_at)
                     : "the time of --start-at passed during the preparations: the load begins "
                       "now; choose a later one for processes that begin together");
}

loadtest::CheckOptions check_options(const LoadtestPlan& plan, const Scenario& scenario,
                                     int thread) {
  loadtest::CheckOptions options;
  options.host = plan.server.authority();
  options.operation = static_cast<std::uint16_t>(plan.mix.operations.size());
  if (scenario.check_users.empty()) return options;
  const auto first = 2 * options.sessions * static_cast<std::size_t>(thread);
  for (std::size_t i = 0; i < options.sessions; ++i) {
    options.users.emplace_back(scenario.check_users.at(first + 2 * i),
                               scenario.check_users.at(first + 2 * i + 1));
  }
  return options;
}

// Once counts and rows stand still. A signal ends it as if the server gave no answer.
void compare_posts(const LoadtestPlan& plan, loadtest::CheckLog& log, LoadResult& result) {
  const auto fetch = [read = loadtest::make_fetch(plan.server.origin())](
                         const std::string& target) -> std::optional<loadtest::FetchedAnswer> {
    return is_interrupted() ? std::nullopt : read(target);
  };
  const auto compared = loadtest::check_final_state(log, fetch, [] {
    if (!is_interrupted()) std::this_thread::sleep_for(wait_for_late_commands);
  });
  if (compared.unanswered == 0) return;
  result.notes.push_back("--check could not read " + std::to_string(compared.unanswered) +
                         " of its posts after the load");
}

// The end of --check.
void finish_check(const LoadtestPlan& plan, loadtest::CheckLog& log, LoadResult& result) {
  if (!is_interrupted()) compare_posts(plan, log, result);
  result.findings = log.findings();
  if (log.finding_count() > result.findings.size()) {
    result.notes.push_back("--check has " + std::to_string(log.finding_count()) +
                           " findings; the first " + std::to_string(result.findings.size()) +
                           " are listed");
  }
  if (!result.findings.empty()) return;
  if (const auto obstacle = log.obstacle())
    result.findings.push_back("nothing could be checked: " + *obstacle);
  else if (log.check_count() == 0)
    result.findings.push_back("nothing could be checked: no request of --check was answered");
}

}  // namespace

LoadResult run_load_test(const Runtime& runtime, LoadtestPlan plan, bool checks_answers) {
  const auto scenario = prepare(runtime, plan, checks_answers);
  require_work(plan, scenario);
  report_start(runtime, plan);
  auto operations = loadtest::operation_names(plan.mix);
  if (checks_answers) operations.emplace_back(check_operation_name);
  loadtest::CheckLog log;
  const auto sources = [&](int thread) -> std::unique_ptr<loadtest::RequestSource> {
    auto source = make_source(plan, scenario, thread);
    if (!checks_answers) return source;
    return std::make_unique<loadtest::AnswerChecker>(std::move(source),
                                                     check_options(plan, scenario, thread), log);
  };
  RunObserver observer(runtime, plan);
  auto result = loadtest::run_load(plan.engine, sources, operations, observer);
  observer.finish(result);
  result.url = plan.server.origin();
  result.mix = plan.mix.name;
  result.labels = plan.labels;
  if (checks_answers) finish_check(plan, log, result);
  for (const auto& slo : plan.slos) result.slos.push_back(loadtest::evaluate(slo, result));
  return result;
}

}  // namespace feedctl::cli
