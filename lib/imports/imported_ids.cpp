#include "imports/imported_ids.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/sha256.hpp"

namespace feedctl::imports {

namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t ids_per_ms = 128;  // of one node
constexpr std::int64_t ms_per_id = 72;
static_assert((id_epoch_ms - min_post_ms) / ms_per_id < day_ms * ids_per_ms);

Id bulk_id(std::int64_t unix_ms, std::int64_t sequence) {
  return make_id(Time{std::chrono::milliseconds{unix_ms}}, bulk_node, static_cast<int>(sequence));
}

}  // namespace

Id first_id_of(Time at) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(at).time_since_epoch().count();
  if (ms < id_epoch_ms) {
    const auto slot = std::max<std::int64_t>(ms - min_post_ms, 0) / ms_per_id;
    return bulk_id(id_epoch_ms + slot / ids_per_ms, slot % ids_per_ms);
  }
  const auto since_epoch = ms - id_epoch_ms;
  if (since_epoch < 2 * day_ms) return bulk_id(id_epoch_ms + day_ms + since_epoch / 2, 0);
  return bulk_id(ms, 0);
}

Id next_bulk_id(Id id) {
  return (id + 1) | (Id{bulk_node} << 7);
}

std::string post_hash_of(std::string_view network, std::string_view account,
                         std::string_view post) {
  std::string bytes;
  bytes.reserve(network.size() + account.size() + post.size() + 2);
  bytes.append(network).append(1, '\0').append(account).append(1, '\0').append(post);
  const auto digest = sha256(bytes);
  return to_hex({reinterpret_cast<const char*>(digest.data()), 16});
}

}  // namespace feedctl::imports
