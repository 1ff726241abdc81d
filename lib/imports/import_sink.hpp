#pragma once
// What readers of archives tell of their content, one item after the other. Plain values; one
// thread.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace feedctl::imports {

// The owner of an archive on the network that it comes from.
struct ImportedAccount {
  std::string network;      // "mastodon", "twitter", "misskey", "bluesky"
  std::string external_id;  // stable and unique in its network: a URL, a number, a DID
  std::string handle;       // as it stands there; the loader makes a valid and free one of it
  std::string name;
  std::optional<Time> created_at;
};

struct ImportedPost {
  std::string external_id;  // unique among the posts of its account
  Time at;
  std::string text;  // plain text, at most posts::max_text_length code points
  bool was_cut = false;
  bool is_reply = false;  // to any post, also to one of the account's own
};

// Why an item of an archive is left out; the names are counted and reported.
enum class SkipReason {
  repost,      // of another's post
  reply,       // only where the command leaves replies out
  no_text,     // an image or poll without words
  not_public,  // direct or followers-only
  deleted,
  bad_time,   // none, unreadable, in the future, or before 2000
  bad_text,   // not UTF-8
  malformed,  // not the form of its format
  too_large,  // one item beyond max_item_bytes
};
inline constexpr std::size_t skip_reason_count = 9;
// The reason as one word for reports: "not_public".
std::string_view name_of(SkipReason reason);

class ImportSink {
 public:
  virtual ~ImportSink() = default;
  virtual void on_account(const ImportedAccount& account) = 0;  // once, before anything else
  virtual void on_post(ImportedPost post) = 0;                  // in any order
  virtual void on_follow(const std::string& external_id) = 0;   // whom the account follows
  virtual void on_skipped(SkipReason reason) = 0;
};

inline constexpr std::size_t max_item_bytes = 1 << 20;
inline constexpr std::size_t max_external_id_bytes = 512;

}  // namespace feedctl::imports
