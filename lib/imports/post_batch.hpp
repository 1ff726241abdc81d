#pragma once
// A batch of imported posts: collects them, and writes them in one transaction with their counters
// and events. Posts that were imported before are left out, also where another process imports the
// same account at once. Memory: one batch. One thread. Errors are those of the store.
#include <cstddef>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "imports/import_sink.hpp"
#include "store/database.hpp"

namespace feedctl::imports {

class PostBatch {
 public:
  // Of this account, for this user; 0: a user who does not exist yet, in a dry run.
  PostBatch(store::Database& database, std::string network, std::string account, Id user);

  void add(ImportedPost post);
  std::size_t size() const { return items_.size(); }
  std::size_t text_bytes() const { return text_bytes_; }

  struct Written {
    std::size_t added = 0;
    std::size_t known = 0;
  };
  // Empties the batch. Error(failed) if the user was deleted meanwhile.
  Written write();

 private:
  struct Item {
    ImportedPost post;
    std::string hash;
    Id id = 0;
  };

  void sort();
  void drop_repeated();
  void drop_known(store::WriteTx& tx);
  void choose_ids(store::WriteTx& tx);
  std::size_t insert(store::WriteTx& tx);
  std::size_t write_in_transaction();

  store::Database& database_;
  const std::string network_, account_;
  const Id user_;
  std::vector<Item> items_;
  std::size_t text_bytes_ = 0;
};

}  // namespace feedctl::imports
