// The feeds of a real graph from the memory of two serves that everybody writes through: again and
// again the writers hold still for a moment, and whole feeds, page by page, are those that follow
// from the tables. Twenty people, and one in eight at the end; FEEDCTL_LONG=1 has everybody each
// time. Whoever has left has none.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>

#include "e2e/home_feed/home_feed_cluster.hpp"
#include "support/graph_file.hpp"
#include "support/json.hpp"
#include "support/long_mode.hpp"

using namespace feedctl;
using namespace feedctl::test;
using support::long_mode;

namespace {

using Ids = std::vector<std::int64_t>;

Ids ids_of(const std::string& text) {
  Ids ids;
  std::istringstream in(text);
  for (std::string id; std::getline(in, id, ',');) ids.push_back(std::stoll(id));
  return ids;
}

// Its people with posts of four days, half of them older than what the index holds.
struct RealGraphCluster {
  RealGraphCluster() {
    const support::TempFolder folder;
    support::RunOptions run;
    run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                       "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal()};
    const auto seeded = support::run_feedctl({"seed", "--graph", support::graph_file(folder)}, run);
    INFO(seeded.err);
    REQUIRE(seeded.exit_code == 0);
    database.execute(
        "WITH p AS (INSERT INTO posts (id, author_id, shard, text, created_at) SELECT "
        "feedctl_id_at(now() - n * interval '18 hours') + row_number() OVER () % 4000000, id, "
        "feedctl_shard(id), 'x', now() - n * interval '18 hours' FROM users, generate_series(1, 4) "
        "n RETURNING id) INSERT INTO post_likes (post_id) SELECT id FROM p");
    users = ids_of(database.execute("SELECT string_agg(id::text, ',' ORDER BY id) FROM users"));
  }

  // Of all who have not left.
  std::map<std::int64_t, Ids> expected_feed() const {
    std::istringstream rows(database.execute(
        "WITH sees AS (SELECT follower_id AS reader, followee_id AS author FROM follows UNION ALL "
        "SELECT id, id FROM users), shown AS (SELECT p.id, p.author_id AS author FROM posts p JOIN "
        "users a ON a.id = p.author_id AND a.deleted_at IS NULL WHERE p.deleted_at IS NULL), feeds "
        "AS (SELECT s.reader, string_agg(p.id::text, ',' ORDER BY p.id DESC) AS posts FROM sees s "
        "JOIN shown p USING (author) GROUP BY s.reader) SELECT string_agg(u.id || ':' || "
        "coalesce(f.posts, ''), ';') FROM users u LEFT JOIN feeds f ON f.reader = u.id WHERE "
        "u.deleted_at IS NULL"));
    std::map<std::int64_t, Ids> feeds;
    for (std::string row; std::getline(rows, row, ';');) {
      const auto colon = row.find(':');
      feeds[std::stoll(row.substr(0, colon))] = ids_of(row.substr(colon + 1));
    }
    return feeds;
  }

  support::FreshDatabase database;
  Ids users;
};

// Somebody who posts, deletes, follows, unfollows, likes and now and then leaves, each time over
// the other serve. Uses no Catch2: it runs in threads.
class RandomWriter {
 public:
  // `readers`: who follow and unfollow more than others do.
  RandomWriter(std::vector<HttpClient>& serves, const Ids& users, const Ids& readers, unsigned seed,
               Ids leavers)
      : serves_(serves),
        users_(users),
        readers_(readers),
        seed_(std::to_string(seed)),
        random_(seed),
        leavers_(std::move(leavers)),
        thread_([this] { run(); }) {}
  ~RandomWriter() {
    stopping_ = true;
    thread_.join();
  }
  // While it is held the writer has no command under way.
  std::unique_lock<std::mutex> pause() { return std::unique_lock(paused_); }
  int done() const { return done_; }
  int refused() const { return refused_; }  // for no reason of the command's own

 private:
  void run() {
    while (!stopping_) {
      {
        const std::lock_guard lock(paused_);
        act();
      }
      std::this_thread::sleep_for(200us);  // so that somebody who wants to hold it can
    }
  }
  std::int64_t one_of(const Ids& ids) { return ids[random_() % ids.size()]; }
  // A busy machine may ask to come again.
  HttpResponse command(std::int64_t who, const char* method, const std::string& path,
                       const std::string& body = "") {
    auto headers = HomeFeedCluster::as_user(who);
    headers.emplace_back("Idempotency-Key", seed_ + "-" + std::to_string(++turn_));
    HttpResponse answer;
    eventually(30s, [&] {
      answer = serves_[turn_ % serves_.size()].send(method, path, body, headers);
      return answer.status != 0 && answer.status != 503;
    });
    const auto status = answer.status;
    const bool of_one_who_left = status == 404 || status == 403 || status == 400;
    if (status >= 200 && status < 300)
      ++done_;
    else if (!of_one_who_left)
      ++refused_;
    return answer;
  }
  void act() {
    const auto id = [](std::int64_t n) { return std::to_string(n); };
    const auto who = one_of(random_() % 2 == 0 ? readers_ : users_), whom = one_of(users_);
    const auto what = random_() % 100;
    if (what < 25) {
      const auto made = command(whom, "POST", "/v1/posts", R"({"text":"a post"})");
      if (made.status == 201) mine_.emplace_back(support::integer_in(made, "id"), whom);
    } else if (what < 40 && !mine_.empty()) {
      const auto at = mine_.begin() + static_cast<std::ptrdiff_t>(random_() % mine_.size());
      command(at->second, "DELETE", "/v1/posts/" + id(at->first));
      mine_.erase(at);
    } else if (what < 50 && !mine_.empty()) {
      command(who, "POST", "/v1/posts/" + id(mine_.back().first) + "/likes");
    } else if (what < 53 && !leavers_.empty()) {
      command(leavers_.back(), "DELETE", "/v1/users/" + id(leavers_.back()));
      leavers_.pop_back();
    } else if (who != whom) {
      command(who, "POST", "/v1/users/" + id(whom) + (what % 2 == 0 ? "/follow" : "/unfollow"));
    }
  }

  std::vector<HttpClient>& serves_;
  const Ids& users_;
  const Ids& readers_;
  const std::string seed_;
  std::mt19937 random_;
  Ids leavers_;
  std::vector<std::pair<std::int64_t, std::int64_t>> mine_;  // posts and their authors
  std::size_t turn_ = 0;
  std::mutex paused_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> done_{0}, refused_{0};
  std::thread thread_;
};

// Reads first pages all the time, so that whom somebody follows is loaded while it changes.
class PageReader {
 public:
  PageReader(std::vector<HttpClient>& serves, const Ids& readers)
      : thread_([this, &serves, &readers] {
          for (std::size_t i = 0; !stopping_; ++i) {
            HomeFeedCluster::feed(serves[i % serves.size()],
                                  readers[i / serves.size() % readers.size()]);
            std::this_thread::sleep_for(300us);
          }
        }) {}
  ~PageReader() {
    stopping_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

struct ComparisonResult {
  std::size_t feeds = 0, posts = 0, pages = 0, deleted_users = 0;
  std::string mismatch;  // what was shown instead
};

// What follows a name in a page's text; every post begins with its id, and so does its author.
std::string_view after(std::string_view text, std::string_view name, std::size_t& at) {
  at = text.find(name, at);
  if (at == text.npos) return {};
  at += name.size();
  return text.substr(at, text.find_first_of(",\"}", at) - at);
}

// nullopt: an answer that is no page. Without a parser: it is some hundred thousand posts.
std::optional<Ids> feed_of(const HttpClient& http, std::int64_t user, int limit,
                           ComparisonResult& found) {
  Ids ids;
  const auto first = "?limit=" + std::to_string(limit);
  for (auto query = first;;) {
    HttpResponse answer;
    eventually(10s,
               [&] { return (answer = HomeFeedCluster::feed(http, user, query)).status != 503; });
    if (answer.status != 200) return std::nullopt;
    ++found.pages;
    for (std::size_t at = 0;;) {
      const auto id = after(answer.body, "{\"id\":", at);
      if (id.empty()) break;
      if (answer.body.compare(at - 15, 8, "\"author\"") != 0)
        ids.push_back(std::stoll(std::string(id)));
    }
    std::size_t at = 0;
    const auto next = after(answer.body, "\"next_cursor\":\"", at);
    if (next.empty()) return ids;
    query = first + "&cursor=" + std::string(next);
  }
}

// The posts of one that are not in the other.
std::string without(const Ids& one, const Ids& other) {
  std::string ids;
  for (const auto id : one) {
    if (std::find(other.begin(), other.end(), id) == other.end()) ids += " " + std::to_string(id);
  }
  return ids;
}

std::string difference(const std::optional<Ids>& shown, const Ids& wanted) {
  if (!shown) return "no page";
  return std::to_string(shown->size()) + " posts, not " + std::to_string(wanted.size()) +
         ", lacking" + without(wanted, *shown) + ", with" + without(*shown, wanted);
}

// Nobody writes: once a serve has shown what `token` saw, each of its feeds is the definition's.
void compare(const std::vector<HttpClient>& serves, const std::string& token,
             const std::map<std::int64_t, Ids>& defined, const Ids& readers, int limit,
             ComparisonResult& found) {
  const auto fault = [&](const std::string& text) { found.mismatch += text + "\n"; };
  for (const auto& http : serves) {
    const auto name = "serve " + std::to_string(&http - serves.data()) + ": ";
    const auto caught_up =
        HomeFeedCluster::feed(http, defined.begin()->first, "?limit=1&min_token=" + token).status;
    if (caught_up != 200) fault(name + "does not catch up: " + std::to_string(caught_up));
    for (const auto user : readers) {
      const auto wanted = defined.find(user);
      if (wanted == defined.end()) {
        ++found.deleted_users;
        const auto status = HomeFeedCluster::feed(http, user).status;
        if (status != 404) fault(name + "who has left gets " + std::to_string(status));
        continue;
      }
      const auto shown = feed_of(http, user, limit, found);
      if (shown != wanted->second)
        fault(name + std::to_string(user) + " has " + difference(shown, wanted->second));
      ++found.feeds;
      found.posts += wanted->second.size();
    }
  }
}

Ids one_in(const Ids& users, std::size_t n) {
  Ids some;
  for (std::size_t i = 0; i < users.size(); i += n) some.push_back(users[i]);
  return some;
}

}  // namespace

TEST_CASE(
    "every feed of a real graph equals the defining query while two servers take the writes") {
  RealGraphCluster graph;
  const support::Settings common{{"server.secret_key", "one key for all processes"},
                                 {"feed.index_days", "2"}};
  auto small = common, without = common;
  small["feed.parts_bytes"] = "1MiB";
  without["feed.index"] = "off";
  support::ServerProcess first(graph.database, common), second(graph.database, small);
  support::ServerProcess operators(graph.database, without);
  std::optional<support::WorkerProcesses>
      workers;  // later: till then those who left leave all behind
  std::vector<HttpClient> serves;
  for (const auto* serve : {&first, &second}) serves.push_back(serve->client());
  REQUIRE(eventually(20s, [&] {
    return HomeFeedCluster::is_index_ready(serves[0]) && HomeFeedCluster::is_index_ready(serves[1]);
  }));
  const auto token = [&, http = operators.client()] {
    return HomeFeedCluster::feed(http, graph.users.front()).header("x-feed-token");
  };

  const int rounds = support::rounds(4, 20);
  ComparisonResult between, at_end;
  int done = 0, refused = 0;
  const auto half = graph.users.size() / 30;
  const auto end = graph.users.end();
  const auto first_leaver = end - 2 * static_cast<std::ptrdiff_t>(half);
  {
    const auto readers = long_mode() ? graph.users : one_in(graph.users, graph.users.size() / 20);
    RandomWriter one(serves, graph.users, readers, 1,
                     {first_leaver, end - static_cast<std::ptrdiff_t>(half)});
    RandomWriter two(serves, graph.users, readers, 2,
                     {end - static_cast<std::ptrdiff_t>(half), end});
    const PageReader looker(serves, readers);
    for (int round = 0; round < rounds; ++round) {
      std::this_thread::sleep_for(long_mode() ? 2s : 400ms);
      REQUIRE(eventually([&] { return one.done() + two.done() > 20 * (round + 1); }));
      const auto still = one.pause(), also = two.pause();
      if (round == rounds / 2) workers.emplace(graph.database, 1);
      compare(serves, token(), graph.expected_feed(), readers, 37, between);
    }
    done = one.done() + two.done();
    refused = one.refused() + two.refused();
  }
  auto last = graph.users;
  if (!long_mode()) {
    last = one_in({graph.users.begin(), first_leaver}, 8);
    last.insert(last.end(), first_leaver, end);
  }
  compare(serves, token(), graph.expected_feed(), last, 100, at_end);
  double in_memory = 0, below = 0;
  for (const auto& http : serves) {
    in_memory +=
        HomeFeedCluster::pages_from_memory(http) + HomeFeedCluster::pages_by_source(http, "index");
    below += HomeFeedCluster::pages_by_source(http, "definition");
  }
  std::printf(
      "%d commands; %zu feeds with %zu posts in %zu pages in between, %zu with %zu in %zu at the "
      "end, %zu gone; %.0f pages of memory, %.0f below it\n",
      done, between.feeds, between.posts, between.pages, at_end.feeds, at_end.posts, at_end.pages,
      at_end.deleted_users, in_memory, below);
  std::fflush(stdout);
  CHECK(between.mismatch == "");
  CHECK(at_end.mismatch == "");
  CHECK(refused == 0);
  CHECK(done > 20 * rounds);
  CHECK(between.feeds > 100);
  CHECK(at_end.feeds + at_end.deleted_users == 2 * last.size());
  CHECK(at_end.deleted_users > 0);
  CHECK(in_memory > static_cast<double>(at_end.feeds));
  CHECK(below > 100);
}
