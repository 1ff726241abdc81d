// Each failpoint of recording with each fault, in a serve that answers views and shows pages: no
// view that it acknowledged is lost, and nothing is counted twice. One run each; twenty with
// FEEDCTL_LONG=1.
#include <algorithm>
#include <set>

#include "e2e/views/serve_under_test.hpp"
#include "support/catch.hpp"
#include "support/failpoint_hits.hpp"
#include "support/long_mode.hpp"

using namespace feedctl;
using namespace feedctl::test;
using support::eventually;

namespace {

constexpr int user_count = 5;

// PostgreSQL takes views and impressions only after Redis has not.
struct Family {
  const char* prefix;
  const char* other_rules;
};
constexpr Family families[] = {{"views.record.", ""},
                               {"views.ingest.", ""},
                               {"views.fallback.", "views.record.before=error;"},
                               {"views.direct.", "views.ingest.before=error;"}};

struct Point {
  std::string name, other_rules;
};

std::vector<Point> recorder_points() {
  std::vector<Point> points;
  for (const auto& name : support::declared_failpoints()) {
    for (const auto& family : families)
      if (name.rfind(family.prefix, 0) == 0) points.push_back({name, family.other_rules});
  }
  return points;
}

class RecorderFaults {
 public:
  // New views and pages, with the fault; then the same views again, without it.
  void run(const Point& point, const std::string& action, int hit) {
    posts_ = world_.add_posts(3);
    acknowledged_.clear();
    const auto before = world_.totals().impressions;
    const bool is_killed = action == "kill";
    const auto pages = use_with_fault(point, with_hit(action, hit), is_killed);
    world_.flush_until_empty();
    const auto seen = world_.seen_views();
    CHECK(std::includes(seen.begin(), seen.end(), acknowledged_.begin(), acknowledged_.end()));
    use_again();
    world_.flush_until_empty();
    check_views();
    const auto counted = world_.totals().impressions - before;
    CHECK(counted >= ((is_killed ? 0 : pages.shown) + 1) * contents_per_page);
    CHECK(counted <= (pages.asked_for + 1) * contents_per_page);
  }

  void check_consistent() const { world_.check_consistent(); }

 private:
  static constexpr std::int64_t contents_per_page = 4;

  struct Pages {
    std::int64_t asked_for = 0, shown = 0;
  };

  // kill@N; of an error, three in a row from the Nth hit on.
  static std::string with_hit(const std::string& action, int hit) {
    const auto at = "@" + std::to_string(hit);
    if (action == "kill") return action + at;
    return action == "error" ? action + at + "*3" : action;
  }

  Pages use_with_fault(const Point& point, const std::string& action, bool is_killed) {
    const support::FailpointHits hits;
    const ScopedEnvironment environment(
        {"FEEDCTL_FAILPOINT=" + point.other_rules + point.name + "=" + action,
         hits.environment_variable()});
    support::ServerProcess serve(world_.url(), world_.serve_settings());
    const auto http = serve.client();
    Pages pages;
    for (const auto user : world_.users) {
      for (const auto post : posts_) {
        if (post_view(http, user, post) != Answer::unknown) acknowledged_.insert({post, user});
      }
      ++pages.asked_for;
      pages.shown += show_page(http) ? 1 : 0;
    }
    CHECK(eventually([&] { return hits.has(point.name); }));
    if (is_killed)
      serve.kill();  // a later hit may not have come
    else
      finish(serve);
    return pages;
  }

  // Every view is there after this, whatever became of it before.
  void use_again() {
    support::ServerProcess serve(world_.url(), world_.serve_settings());
    const auto http = serve.client();
    for (const auto user : world_.users) {
      for (const auto post : posts_) CHECK(post_view(http, user, post) != Answer::unknown);
    }
    CHECK(show_page(http));
    finish(serve);
  }

  static void finish(support::ServerProcess& serve) {
    const auto http = serve.client();
    CHECK(eventually([&] { return pending_impressions(http) == 0; }));
    CHECK(serve.stop() == 0);
  }

  void check_views() const {
    std::map<Id, std::int64_t> expected;
    for (const auto post : posts_) expected[post] = user_count;
    world_.check_views(expected);
  }

  support::FreshDatabase database_;
  ViewWorld world_{database_, user_count};
  std::vector<Id> posts_;            // of this run
  std::set<PostUser> acknowledged_;  // likewise
};

}  // namespace

TEST_CASE("a serve that fails at any failpoint of recording counts acknowledged views once") {
  const auto points = recorder_points();
  if (points.empty()) return;  // a build without failpoints
  RecorderFaults faults;
  for (const auto& point : points) {
    for (const std::string action : {"kill", "error", "delay:20"}) {
      for (int run = 0; run < support::rounds(1, 20); ++run) {
        CAPTURE(point.name, action, run);
        faults.run(point, action, 1 + run % 3);
      }
    }
  }
  faults.check_consistent();
}

TEST_CASE("every family of recording has failpoints") {
  if (support::declared_failpoints().empty()) return;
  const auto points = recorder_points();
  for (const auto& family : families) {
    CAPTURE(family.prefix);
    CHECK(std::any_of(points.begin(), points.end(),
                      [&](const Point& point) { return point.name.rfind(family.prefix, 0) == 0; }));
  }
}
