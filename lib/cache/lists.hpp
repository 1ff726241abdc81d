#pragma once
// Lists that are kept for a minute in the cache that all processes share, one for each account.
// Thread-safe. Where no cache is shared, or it does not answer, there are none; nothing here throws
// for that.
//
// `Form` says what they are: the type List, key(Id), text(List), and parse(text), nullopt for
// anything that is no list.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "cache/cache.hpp"

namespace feedctl::cache {

inline constexpr std::chrono::seconds list_ttl{60};  // give or take 15 %

template <typename Form>
class Lists {
 public:
  using List = typename Form::List;

  // `cache` must outlive it. nullptr: there are none.
  explicit Lists(Cache* cache) : cache_(cache != nullptr && cache->shared() ? cache : nullptr) {}

  bool used() const { return cache_ != nullptr; }

  struct Asked {
    std::optional<List> list;
    std::string token;  // where it is not empty, the caller may fill
  };
  Asked read(Id account) {
    if (!used()) return {};
    auto entry = cache_->read_entry(Form::key(account), version, lease);
    if (entry.state != EntryRead::State::fresh || !entry.body) {
      return {std::nullopt, std::move(entry.token)};
    }
    auto list = Form::parse(*entry.body);
    if (!list) drop({account});
    return {std::move(list), ""};
  }

  // Whether readers would get it now; changes nothing.
  bool current(Id account) {
    if (!used()) return false;
    const auto entry = cache_->read_entry(Form::key(account), version, std::chrono::seconds{0});
    return entry.state == EntryRead::State::fresh && entry.body && Form::parse(*entry.body);
  }

  // Keeps nothing where the list was dropped since the token was given out.
  void fill(Id account, const std::string& token, const List& list) {
    if (!used() || token.empty()) return;
    cache_->fill_entry(Form::key(account), version, token, Form::text(list), {list_ttl, list_ttl});
  }

  // After the commit of what changes them.
  void drop(const std::vector<Id>& accounts) {
    if (!used() || accounts.empty()) return;
    std::vector<std::string> keys;
    keys.reserve(accounts.size());
    for (const auto account : accounts) keys.push_back(Form::key(account));
    cache_->invalidate(keys);
  }

 private:
  static constexpr char version = '1';
  static constexpr std::chrono::seconds lease{3};

  Cache* const cache_;
};

}  // namespace feedctl::cache
