#include "base/ids.hpp"

#include <sys/random.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <stdexcept>

#include "base/encoding.hpp"

namespace feedctl {

namespace {
constexpr int time_shift = 12;
constexpr int node_shift = 7;
constexpr Id node_mask = 31;
}  // namespace

Id make_id(Time at, int node, int sequence) {
  auto ms =
      std::chrono::floor<std::chrono::milliseconds>(at).time_since_epoch().count() - id_epoch_ms;
  if (ms < 0) ms = 0;
  return (static_cast<Id>(ms) << time_shift) | (static_cast<Id>(node) << node_shift) | sequence;
}

Time time_of_id(Id id) {
  return Time{std::chrono::milliseconds{(id >> time_shift) + id_epoch_ms}};
}

bool is_bulk_id(Id id) {
  return (id >> node_shift & node_mask) == bulk_node;
}

int shard_of(Id id) {
  // Fibonacci hashing of 31 folded bits; every step stays below 2^63, as SQL's bigint needs.
  const Id folded = (id & 2147483647) ^ (id >> 31 & 2147483647);
  return static_cast<int>((folded * 2654435761LL >> 22) & (shard_count - 1));
}

std::optional<Id> parse_id(std::string_view text) {
  if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
  Id value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string make_uuid_v7() {
  std::array<std::uint64_t, 2> random{};
  if (::getrandom(random.data(), sizeof random, 0) != static_cast<ssize_t>(sizeof random)) {
    throw std::runtime_error("getrandom failed");
  }
  return make_uuid_v7(random[0], random[1]);
}

std::string make_uuid_v7(std::uint64_t random_high, std::uint64_t random_low) {
  std::array<unsigned char, 16> bytes{};
  std::memcpy(bytes.data(), &random_high, sizeof random_high);
  std::memcpy(&bytes[8], &random_low, sizeof random_low);
  const auto ms = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(now()).time_since_epoch().count());
  for (std::size_t i = 0; i < 6; ++i)
    bytes[i] = static_cast<unsigned char>(ms >> (40 - 8 * i) & 0xff);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    append_hex_byte(text, bytes[i]);
  }
  return text;
}

}  // namespace feedctl
