#pragma once
// The HTTP answers of home feeds.
//
// With the feed index, pages come from memory, also on the event loop that read the request. If
// memory does not cover a page, the definition answers, and the index serves that reader again only
// once it covers what they saw. Therefore pages never go back. Without the index, FeedReader
// answers. Thread-safe.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "auth/auth.hpp"
#include "base/cursor_signer.hpp"
#include "commands/command_endpoint.hpp"
#include "feed/feed_reader.hpp"
#include "feed/fragment_cache.hpp"
#include "feed/reader_tracker.hpp"
#include "feed/shadow_compare.hpp"
#include "feed_index/index_updater.hpp"
#include "http/fast_request_head.hpp"
#include "http/pagination.hpp"
#include "http/prepared_response.hpp"

namespace feedctl::feed {

class HomeFeed {
 public:
  struct Options {
    feed_index::IndexUpdater::Options index = {};
    std::size_t fragment_bytes = std::size_t{256} << 20;
    ReaderTracker::Options readers = {};
    double shadow_share = 0;  // share of pages compared with the definition
  };
  struct Deps {
    FeedReader& feed;
    store::Database& database;
    auth::Auth& auth;
    const CursorSigner& cursors;
  };
  // Without `options` there is no index. The members of Deps must outlive it.
  HomeFeed(Deps deps, std::optional<Options> options);
  ~HomeFeed();

  http::Response answer(const http::Request& request);
  // Empty if the answer needs I/O or waiting.
  http::InlineResponse try_answer_inline(const http::FastRequestHead& head);

  // A commands::OnCommitted: waits at most 50 ms until pages show the command.
  void wait_until_visible(std::optional<Id> actor, const events::ConsistencyToken& token);
  // The same without waiting: the definition answers the actor until pages show the command.
  void mark_not_yet_visible(std::optional<Id> actor, const events::ConsistencyToken& token);

  struct State {
    bool is_ready = false;
    feed_index::Size index;
    FragmentCache::Size fragments;
  };
  std::optional<State> state() const;  // nullopt: no index

 private:
  struct PageRequestContext;

  std::optional<http::Response> page_from_index(
      const PageRequestContext& context, const std::optional<events::ConsistencyToken>& min_token);
  std::optional<http::Response> assemble_page(const PageRequestContext& context,
                                              const feed_index::Page& page,
                                              bool with_body = true) const;
  http::Response make_response(const PageRequestContext& context,
                               const posts::SnapshotPage& result) const;
  std::optional<http::Response> make_response(
      const PageRequestContext& context, std::optional<Id> next, const std::string& token,
      std::string etag, bool with_body,
      const std::function<void(std::string&)>& append_array) const;
  std::uint64_t signing_key_hash() const;
  std::string signed_token(const std::string& token) const;

  const Deps deps_;
  std::unique_ptr<FragmentCache> fragments_;
  std::unique_ptr<feed_index::IndexUpdater> index_updater_;
  std::unique_ptr<ReaderTracker> reader_tracker_;
  std::unique_ptr<ShadowCompare> shadow_compare_;

  struct SignedToken {
    std::string token, text;
  };
  mutable std::mutex signing_mutex_;
  mutable SignedToken last_signed_;                         // all pages of a publication share one
  mutable std::atomic<std::uint64_t> signing_key_hash_{0};  // 0: not computed yet
};

}  // namespace feedctl::feed
