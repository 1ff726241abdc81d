#include "media/upload_expiry.hpp"

#include "media/object_keys.hpp"
#include "sql/media.hpp"

namespace feedctl::media {

namespace {

using namespace std::chrono_literals;

constexpr int batch_size = 50;
constexpr std::chrono::seconds max_time{2};   // other periodic tasks wait meanwhile
constexpr std::chrono::seconds call_time{2};  // of one call of the store
// A client that began to send within the form's time may take so much longer.
constexpr std::chrono::seconds sending_time{1h};
constexpr std::chrono::seconds keep_results{24h};

using Ids = std::vector<std::int64_t>;

Ids find_expired(store::Database& database, std::chrono::seconds link_ttl, Time now) {
  Ids ids;
  const auto waiting = link_ttl + sending_time;
  const auto params = store::params(now, std::int64_t{waiting.count()},
                                    std::int64_t{keep_results.count()}, batch_size);
  for (const auto row : database.read(sql::media::uploads_expired, params))
    ids.push_back(row.integer(0));
  return ids;
}

// Returns those whose objects are gone: all, or as many as the time allowed, at least one.
Ids remove_objects_of(blob::BlobStore& store, const Ids& ids, Deadline deadline) {
  Ids removed;
  for (const auto id : ids) {
    if (!removed.empty() && deadline.is_expired()) break;
    store.remove(quarantine_key(id), Deadline::after(call_time));
    removed.push_back(id);
  }
  return removed;
}

}  // namespace

std::size_t delete_expired_uploads(store::Database& database, blob::BlobStore& store,
                                   std::chrono::seconds link_ttl, Time now) {
  const auto deadline = Deadline::after(max_time);
  std::size_t deleted = 0;
  for (;;) {
    const auto ids = remove_objects_of(store, find_expired(database, link_ttl, now), deadline);
    if (ids.empty()) return deleted;
    deleted += database.execute(sql::media::delete_uploads, store::params(ids, now)).affected();
    if (ids.size() < static_cast<std::size_t>(batch_size) || deadline.is_expired()) return deleted;
  }
}

}  // namespace feedctl::media
