#include "like_traffic.hpp"

#include <array>
#include <map>

#include "base/json.hpp"
#include "support/json.hpp"

namespace feedctl::test {
namespace {

std::map<std::int64_t, std::int64_t> scores_in(const std::string& body) {
  std::map<std::int64_t, std::int64_t> scores;
  const auto page = json::parse(body);
  for (const auto& post : support::list_in(page, "posts")) {
    scores[support::integer_in(post, "id")] = support::integer_in(post, "score");
  }
  return scores;
}

}  // namespace

LikeTraffic::LikeTraffic(HotFeedCluster& site, const Options& options)
    : site_(site), options_(options) {
  for (int i = 0; i < writers; ++i) threads_.emplace_back([this, i] { write(i); });
  for (int i = 0; i < readers; ++i) threads_.emplace_back([this, i] { read(i); });
}

void LikeTraffic::stop() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

std::string LikeTraffic::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

void LikeTraffic::fail(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (++failed < 10) failures_ += what + "\n";
}

void LikeTraffic::write(int writer) {
  const auto http = site_.server(writer).client();
  const auto post = site_.posts[static_cast<std::size_t>(writer)];
  for (int user = 1; user <= options_.max_likes_per_writer && !stop_; ++user) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes{2};
    int status = like(http, post, user);
    while (status == 503 && std::chrono::steady_clock::now() < until && !stop_) {  // a busy machine
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      status = like(http, post, user);
    }
    if (status == 201 || status == 200)  // 200: the one before was written, too
      ++answered_[writer];
    else if (status != 503 || !stop_)
      fail("like: " + std::to_string(status));
    ++likes;
    std::this_thread::sleep_for(options_.pause);
  }
  --active_writers_;
}

void LikeTraffic::read(int reader) {
  const auto http = site_.server(reader).client();
  while (!stop_) {
    std::array<std::int64_t, writers> before{};
    for (std::size_t i = 0; i < writers; ++i) before[i] = answered_[i];
    const auto at = std::chrono::steady_clock::now() + options_.max_staleness;
    while (std::chrono::steady_clock::now() < at && !stop_) {
      if (http.get("/v1/feed/hot?limit=10").status != 200) fail("a read meanwhile");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (stop_) return;
    const auto page = http.get("/v1/feed/hot?limit=10");
    if (page.status != 200) {
      fail("read: " + std::to_string(page.status));
      continue;
    }
    // A refresh took long on a busy machine, and the page says so.
    if (!page.header("x-feed-stale").empty()) continue;
    ++reads;
    const auto scores = scores_in(page.body);
    for (std::size_t i = 0; i < writers; ++i) late += scores.at(site_.posts[i]) < before[i];
  }
}

}  // namespace feedctl::test
