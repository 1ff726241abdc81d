#pragma once
// Home feeds as the HTTP edge sends them. With the index, pages come from memory, also on the loop
// that read the request; where memory does not cover a page the definition answers, and the index
// serves that reader again only when it has caught up with what they saw: no page goes back.
// Without the index feed::Feed answers. Thread-safe.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "auth/auth.hpp"
#include "base/cursor.hpp"
#include "commands/answer.hpp"
#include "feed/feed.hpp"
#include "feed/index_keeper.hpp"
#include "feed/page_parts.hpp"
#include "feed/readers.hpp"
#include "feed/shadow.hpp"
#include "http/glance.hpp"
#include "http/page_request.hpp"
#include "http/ready.hpp"

namespace feedctl::feed {

class Home {
 public:
  struct Options {
    IndexKeeper::Options index = {};
    std::size_t parts_bytes = std::size_t{256} << 20;
    Readers::Options readers = {};
    double shadow = 0;  // share of pages that are compared with the definition
  };
  struct Deps {
    Feed& feed;
    store::Database& database;
    auth::Auth& auth;
    const CursorSigner& cursors;
  };
  // Without `options` there is no index. What Deps refers to must outlive it.
  Home(Deps deps, std::optional<Options> options);
  ~Home();

  http::Response answer(const http::Request& request);
  // None where anything has to be waited for.
  http::MemoryAnswer from_memory(const http::Glance& glance);

  // A commands::OnDone: waits, 50 ms at most, until pages here show what the command did.
  void done(std::optional<Id> actor, const events::Token& token);
  // The same without waiting: until pages here show it, the definition answers the actor.
  void note_done(std::optional<Id> actor, const events::Token& token);

  struct State {
    bool ready = false;
    index::Size index;
    PageParts::Size parts;
  };
  std::optional<State> state() const;  // nullopt: no index

 private:
  struct Asked;

  std::optional<http::Response> indexed(const Asked& asked,
                                        const std::optional<events::Token>& min);
  std::optional<http::Response> put_together(const Asked& asked, const index::Page& page,
                                             bool with_body = true) const;
  http::Response respond(const Asked& asked, const Read& read) const;
  std::optional<http::Response> respond(
      const Asked& asked, std::optional<Id> next, const std::string& token, std::string tag,
      bool with_body, const std::function<void(std::string&)>& append_array) const;
  std::uint64_t key_hash() const;
  std::string signed_token(const std::string& token) const;

  const Deps deps_;
  std::unique_ptr<PageParts> parts_;
  std::unique_ptr<IndexKeeper> keeper_;
  std::unique_ptr<Readers> readers_;
  std::unique_ptr<Shadow> shadow_;

  struct Signed {
    std::string token, text;
  };
  mutable std::mutex signing_;
  mutable Signed signed_;                           // all pages of a publication have the same
  mutable std::atomic<std::uint64_t> key_hash_{0};  // 0: not made yet
};

}  // namespace feedctl::feed
