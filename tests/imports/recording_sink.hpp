#pragma once
// Keeps what a reader tells.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "imports/import_sink.hpp"

namespace feedctl::imports {

struct RecordingSink : ImportSink {
  std::vector<ImportedAccount> accounts;
  std::vector<ImportedPost> posts;
  std::vector<std::string> follows;
  std::array<int, skip_reason_count> skipped{};
  bool was_account_first = true;

  void on_account(const ImportedAccount& account) override {
    was_account_first = was_account_first && accounts.empty() && posts.empty() && follows.empty() &&
                        skipped == std::array<int, skip_reason_count>{};
    accounts.push_back(account);
  }
  void on_post(ImportedPost post) override { posts.push_back(std::move(post)); }
  void on_follow(const std::string& external_id) override { follows.push_back(external_id); }
  void on_skipped(SkipReason reason) override { ++skipped.at(static_cast<std::size_t>(reason)); }

  int skips(SkipReason reason) const { return skipped.at(static_cast<std::size_t>(reason)); }
  int all_skips() const {
    int sum = 0;
    for (const int count : skipped) sum += count;
    return sum;
  }
};

// The message of the bad_data error that a call throws; "" for none, or for another error.
template <typename Work>
std::string bad_data_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.code() == ErrorCode::bad_data ? error.what() : "";
  }
  return "";
}

}  // namespace feedctl::imports
