// Nobody's page goes back, whatever is forgotten, loaded anew, cut off or killed meanwhile: all
// that readers see here only grows, so whoever asks after an answer of the same process must be
// shown at least that; and what they did themselves at once, elsewhere with the token.
#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

#include "e2e/home_feed/home_feed_cluster.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t readers = 3, marker_authors = 40;

// What of a page only grows. Ann posts 1, 2, 3 .. and deletes the oldest, too.
enum Field : std::size_t { deleted, posted, followed, liked, count, name, fields };
constexpr const char* field_names[] = {"posts deleted", "posts made", "accounts followed",
                                       "posts liked",   "likes",      "name"};
using PageState = std::array<std::int64_t, fields>;

constexpr std::size_t max_posts_of_ann = 5;

struct Users {
  explicit Users(const HomeFeedCluster& town)
      : ann(town.users[0]),
        celebrity(town.users[1]),
        me(town.users.begin() + 2, town.users.begin() + 2 + readers),
        marks(town.users.begin() + 2 + readers, town.users.begin() + 2 + readers + marker_authors),
        followers(town.users.begin() + 2 + readers + marker_authors, town.users.end()) {}
  std::int64_t ann, celebrity;
  std::vector<std::int64_t> me, marks, followers;
};

// Everything that went wrong, as text. Thread-safe.
class Violations {
 public:
  void add(const std::string& fault) {
    const std::lock_guard lock(mutex_);
    if (++count_ <= 10) text_ += fault + "\n";
  }
  std::string text() const { return text_; }

 private:
  std::mutex mutex_;
  std::string text_;
  int count_ = 0;
};

class MonotonicReadsScenario {
 public:
  explicit MonotonicReadsScenario(const HomeFeedCluster& town) : town_(town), cast_(town) {
    const std::string large(3000, 'x');
    star_post_ = create_post(town.a, cast_.celebrity, "of the star");
    for (const auto mark : cast_.marks) mark_posts_.push_back(create_post(town.a, mark, large));
    for (const auto me : cast_.me) {
      HomeFeedCluster::follow(town.a, me, cast_.ann);
      HomeFeedCluster::follow(town.a, me, cast_.celebrity);
    }
    HomeFeedCluster::follow(town.a, cast_.ann, cast_.celebrity);
    // Pages of others, more than there is room for.
    for (std::size_t i = 0; i < 10; ++i) {
      for (int n = 0; n < 40; ++n) create_post(town.b, cast_.followers[i], large);
      HomeFeedCluster::follow(town.b, cast_.followers[i], cast_.followers[(i + 1) % 10]);
    }
    for (std::size_t i = 0; i < 4; ++i) threads_.emplace_back([this, i] { read(i); });
    threads_.emplace_back([this] { post_and_delete(); });
    threads_.emplace_back([this] { rename_and_like(); });
    threads_.emplace_back([this] { follow_and_like(); });
    threads_.emplace_back([this] { evict_pages(); });
  }
  ~MonotonicReadsScenario() { end(); }
  void end() {
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

  Violations faults;
  std::atomic<int> pages{0}, commands{0}, own{0}, unanswered{0}, deleted_elsewhere{0};
  std::atomic<bool> calm{true};
  std::vector<double>
      late;  // ms until a deleted post was shown no more elsewhere, while it was calm

 private:
  const HttpClient& serve(std::size_t i) const { return i % 2 == 0 ? town_.a : town_.b; }

  PageState state_of(const HttpResponse& answer) {
    PageState state{};
    state.fill(-1);
    state[followed] = state[liked] = 0;
    std::int64_t oldest = 0, anns = 0;
    const auto page = json::parse(answer.body);
    for (const auto& post : support::list_in(page, "posts")) {
      const auto author = support::integer_in(support::member_in(post, "author"), "id");
      if (author == cast_.ann) {
        const auto number = std::stoll(support::text_in(post, "text"));
        if (anns++ == 0) state[posted] = number;
        oldest = number;
        const auto& called = support::text_in(support::member_in(post, "author"), "name");
        state[name] = called.empty() ? 0 : std::stoll(called.substr(1));
      } else if (author == cast_.celebrity) {
        state[count] = support::integer_in(post, "like_count");
      } else {
        ++state[followed];
        state[liked] += support::flag_in(post, "liked");
      }
    }
    if (anns > 0) {
      state[deleted] = oldest - 1;
      if (state[posted] - oldest + 1 != anns ||
          anns > static_cast<std::int64_t>(max_posts_of_ann) + 1)
        faults.add(std::to_string(anns) + " posts from " + std::to_string(oldest) + " to " +
                   std::to_string(state[posted]));
    }
    return state;
  }

  // Kept for each process and user; who reads must be shown at least what was shown to the user
  // before they asked.
  struct SeenState {
    std::array<std::atomic<std::int64_t>, fields> most{};
    SeenState() {
      for (auto& field : most) field = -1;
    }
  };

  std::optional<PageState> page(std::size_t where, std::size_t who, const std::string& min = "") {
    const auto user = who == readers ? cast_.ann : cast_.me[who];
    auto& seen = seen_[where % 2][who];
    PageState least{};
    for (std::size_t i = 0; i < fields; ++i) least[i] = seen.most[i];
    const auto answer = HomeFeedCluster::feed(
        serve(where), user, "?limit=100" + (min.empty() ? min : "&min_token=" + min));
    if (answer.status != 200) {
      if (answer.status != 0 && answer.status != 503)
        faults.add("status " + std::to_string(answer.status) + ": " + answer.body);
      ++unanswered;
      return std::nullopt;
    }
    ++pages;
    const auto state = state_of(answer);
    require(state, least, "went back, serve " + std::to_string(where % 2));
    for (std::size_t i = 0; i < fields; ++i) {
      auto most = seen.most[i].load();
      while (most < state[i] && !seen.most[i].compare_exchange_weak(most, state[i])) continue;
    }
    return state;
  }
  void require(const PageState& state, const PageState& least, const std::string& what) {
    for (std::size_t i = 0; i < fields; ++i) {
      if (state[i] < least[i])
        faults.add(what + ": " + field_names[i] + " " + std::to_string(state[i]) + ", not " +
                   std::to_string(least[i]));
    }
  }
  // After a command through `where`: shown there, and elsewhere with its token.
  void require_own_writes(std::size_t where, std::size_t who, Field field, std::int64_t least,
                          const HttpResponse& command) {
    PageState wanted{};
    wanted.fill(-1);
    wanted[field] = least;
    const auto& token = command.header("x-feed-token");
    if (token.empty()) return faults.add("no token after " + std::to_string(command.status));
    if (const auto here = page(where, who)) require(*here, wanted, "not shown where it was done");
    if (const auto there = page(where + 1, who, token))
      require(*there, wanted, "not shown with its token");
    ++own;
  }

  // Until it is answered, always with one key.
  HttpResponse command(std::size_t where, std::int64_t who, const std::string& method,
                       const std::string& path, const std::string& body = "") {
    auto headers = HomeFeedCluster::as_user(who);
    headers.emplace_back("Idempotency-Key", "key-" + std::to_string(++keys_));
    HttpResponse answer;
    const bool answered = eventually(30s, [&] {
      answer = serve(where).send(method, path, body, headers);
      return (answer.status >= 200 && answer.status < 300);
    });
    if (!answered) faults.add(method + " " + path + ": " + std::to_string(answer.status));
    ++commands;
    return answer;
  }

  void read(std::size_t number) {
    for (std::size_t turn = number; !stopping_; ++turn) {
      page(number, turn % readers);
      std::this_thread::sleep_for(200us);
    }
  }

  void post_and_delete() {
    std::vector<std::int64_t> posts;
    std::int64_t gone = 0;
    for (std::int64_t n = 1; !stopping_; ++n) {
      const auto where = static_cast<std::size_t>(n);
      const auto made = command(where, cast_.ann, "POST", "/v1/posts",
                                R"({"text":")" + std::to_string(n) + "\"}");
      if (made.status != 201) return;
      posts.push_back(support::integer_in(made, "id"));
      require_own_writes(where, readers, posted, n, made);
      if (posts.size() <= max_posts_of_ann) continue;
      const auto removed =
          command(where + 1, cast_.ann, "DELETE", "/v1/posts/" + std::to_string(posts.front()));
      posts.erase(posts.begin());
      ++gone;
      if (calm) wait_until_gone(where, gone);
      require_own_writes(where + 1, readers, deleted, gone, removed);
    }
  }

  // In the other process, where nothing has told the reader: when the last request began that was
  // still shown the post.
  void wait_until_gone(std::size_t where, std::int64_t gone) {
    const auto start = Clock::now();
    std::chrono::duration<double, std::milli> last{0};
    bool shown = true;
    for (const auto deadline = Deadline::after(2min); shown && !deadline.is_expired();) {
      const auto began = Clock::now();
      const auto there = page(where, 0);
      shown = !there || (*there)[deleted] < gone;
      if (shown) last = began - start;
    }
    if (shown) faults.add("a deleted post is still shown");
    if (!calm) return;
    late.push_back(last.count());
    ++deleted_elsewhere;
  }

  void rename_and_like() {
    while (!stopping_ && seen_[0][readers].most[posted] < 1) std::this_thread::sleep_for(1ms);
    for (std::int64_t n = 1; !stopping_; ++n) {
      const auto where = static_cast<std::size_t>(n);
      const auto renamed =
          command(where, cast_.ann, "PATCH", "/v1/users/" + std::to_string(cast_.ann),
                  R"({"name":"n)" + std::to_string(n) + "\"}");
      require_own_writes(where, readers, name, n, renamed);
      if (n >= static_cast<std::int64_t>(cast_.followers.size())) continue;
      command(where, cast_.followers[where], "POST",
              "/v1/posts/" + std::to_string(star_post_) + "/likes");
    }
  }

  // One after the other, the readers by turns.
  void follow_and_like() {
    for (std::size_t i = 0; i < readers * marker_authors && !stopping_; ++i) {
      const auto who = i % readers, mark = i / readers;
      const auto so_many = static_cast<std::int64_t>(mark) + 1;
      const auto follow = "/v1/users/" + std::to_string(cast_.marks[mark]) + "/follow";
      require_own_writes(i, who, followed, so_many, command(i, cast_.me[who], "POST", follow));
      const auto like = "/v1/posts/" + std::to_string(mark_posts_[mark]) + "/likes";
      require_own_writes(i / 2, who, liked, so_many, command(i / 2, cast_.me[who], "POST", like));
      std::this_thread::sleep_for(30ms);
    }
  }

  void evict_pages() {
    for (std::size_t i = 0; !stopping_; ++i) {
      HomeFeedCluster::feed(serve(i), cast_.followers[i / 2 % 10], "?limit=80");
      std::this_thread::sleep_for(5ms);
    }
  }

  const HomeFeedCluster& town_;
  const Users cast_;
  std::int64_t star_post_ = 0;
  std::vector<std::int64_t> mark_posts_;
  std::array<std::array<SeenState, readers + 1>, 2> seen_;
  std::atomic<int> keys_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

// What has to be read again, found anew, or begun anew.
void inject_fault(HomeFeedCluster& town, int what) {
  const auto cut = [&] {
    town.database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()");
  };
  switch (what % 4) {
    case 0:
      return cut();
    case 1:  // positions of before some transactions from now are no longer held
      town.database.execute(
          "UPDATE log_state SET floor = (pg_current_xact_id()::text::bigint + 10)::text::xid8");
      return;
    case 2:
      town.serve_b.kill();
      return town.serve_b.start();
    default:
      cut();
      town.serve_a.kill();
      town.serve_a.start();
  }
}

double percentile(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size()) - 1;
  return values.empty() ? 0 : values[static_cast<std::size_t>(share * last)];
}

}  // namespace

TEST_CASE("pages never go back while caches are evicted, reloaded, disconnected or killed") {
  HomeFeedCluster town(2 + readers + marker_authors + 120, {{"feed.parts_bytes", "1MiB"}});
  MonotonicReadsScenario play(town);
  std::this_thread::sleep_for(1s);
  CHECK(eventually(60s, [&] { return play.own > 100 && play.deleted_elsewhere > 10; }));
  play.calm = false;
  for (int i = 0; i < 8; ++i) {
    inject_fault(town, i);
    std::this_thread::sleep_for(500ms);
  }
  CHECK(eventually(20s, [&] {
    return HomeFeedCluster::is_index_ready(town.a) && HomeFeedCluster::is_index_ready(town.b);
  }));
  const int before = play.pages;
  CHECK(eventually(60s, [&] { return play.pages > before + 100 && play.pages > 1000; }));
  play.end();
  CHECK(play.faults.text() == "");
  std::printf(
      "%d pages, %d commands, %d looked for at once and by token, %d unanswered; deleted posts "
      "were "
      "gone elsewhere after %.1f ms (half), %.1f (99 %%), %.1f (all of %zu)\n",
      play.pages.load(), play.commands.load(), play.own.load(), play.unanswered.load(),
      percentile(play.late, 0.5), percentile(play.late, 0.99), percentile(play.late, 1),
      play.late.size());
  std::fflush(stdout);
  for (const auto user : town.users) {
    const auto wanted = HomeFeedCluster::fetch_all_pages(town.reference, user, 20);
    for (const auto* http : {&town.a, &town.b}) {
      std::string got;
      CHECK(eventually(
          5s, [&] { return (got = HomeFeedCluster::fetch_all_pages(*http, user, 20)) == wanted; }));
    }
  }
}
