#include "media/upload_expiry.hpp"

#include "media/object_keys.hpp"
#include "sql/media.hpp"

namespace feedctl::media {

namespace {

using namespace std::chrono_literals;

constexpr int batch_size = 50;
constexpr std::chrono::seconds max_time{2};  // other periodic tasks wait meanwhile
// A client that began to send within the form's time may take so much longer.
constexpr std::chrono::seconds sending_time{1h};
constexpr std::chrono::seconds keep_results{24h};

}  // namespace

std::size_t delete_expired_uploads(store::Database& database, blob::BlobStore& store,
                                   std::chrono::seconds link_ttl, Time now) {
  const auto deadline = Deadline::after(max_time);
  std::size_t deleted = 0;
  for (std::vector<std::int64_t> ids; !deadline.is_expired(); ids.clear()) {
    const auto waiting = std::int64_t{(link_ttl + sending_time).count()};
    for (const auto row : database.read(
             sql::media::uploads_expired,
             store::params(now, waiting, std::int64_t{keep_results.count()}, batch_size))) {
      store.remove(quarantine_key(row.integer(0)), deadline);
      ids.push_back(row.integer(0));
    }
    if (ids.empty()) break;
    deleted += database.execute(sql::media::delete_uploads, store::params(ids, now)).affected();
    if (ids.size() < static_cast<std::size_t>(batch_size)) break;
  }
  return deleted;
}

}  // namespace feedctl::media
