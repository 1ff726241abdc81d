#pragma once
// Lists of one account each, kept for a minute in the cache that all processes share. If no cache
// is shared, or it does not answer, there are none; no call throws for that. Thread-safe.
//
// `Codec` gives the type List, key(Id), text(List), and parse(text), which is nullopt for anything
// that is no list.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "cache/cache.hpp"

namespace feedctl::cache {

inline constexpr std::chrono::seconds list_ttl{60};  // give or take 15 %

template <typename Codec>
class CachedLists {
 public:
  using List = typename Codec::List;

  // `cache` must outlive this object. nullptr: there are no lists.
  explicit CachedLists(Cache* cache)
      : cache_(cache != nullptr && cache->is_shared() ? cache : nullptr) {}

  bool is_enabled() const { return cache_ != nullptr; }

  struct Lookup {
    std::optional<List> list;
    std::string token;  // if not empty, the caller may store()
  };
  Lookup lookup(Id account) {
    if (!is_enabled()) return {};
    auto entry = cache_->read_entry(Codec::key(account), format_version, lease_duration);
    if (entry.state != EntryLookup::State::fresh || !entry.body) {
      return {std::nullopt, std::move(entry.token)};
    }
    auto list = Codec::parse(*entry.body);
    if (!list) invalidate({account});
    return {std::move(list), ""};
  }

  // Whether readers would get the list now; changes nothing.
  bool is_fresh(Id account) {
    if (!is_enabled()) return false;
    const auto entry =
        cache_->read_entry(Codec::key(account), format_version, std::chrono::seconds{0});
    return entry.state == EntryLookup::State::fresh && entry.body && Codec::parse(*entry.body);
  }

  // Stores nothing if the list was invalidated since the lookup that gave the token.
  void store(Id account, const std::string& token, const List& list) {
    if (!is_enabled() || token.empty()) return;
    cache_->store_entry(Codec::key(account), format_version, token, Codec::text(list),
                        {list_ttl, list_ttl});
  }

  // Call it after the commit of a change to these lists.
  void invalidate(const std::vector<Id>& accounts) {
    if (!is_enabled() || accounts.empty()) return;
    std::vector<std::string> keys;
    keys.reserve(accounts.size());
    for (const auto account : accounts) keys.push_back(Codec::key(account));
    cache_->invalidate(keys);
  }

 private:
  static constexpr char format_version = '1';
  static constexpr std::chrono::seconds lease_duration{3};

  Cache* const cache_;
};

}  // namespace feedctl::cache
