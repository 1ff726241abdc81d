#pragma once
// A UUID as 16 bytes, and its text form. Plain values; any thread.
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace feedctl {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  friend bool operator==(const Uuid&, const Uuid&) = default;
};

// Five groups of lowercase hex digits: 01234567-89ab-cdef-0123-456789abcdef. nullopt for any other
// form.
std::optional<Uuid> parse_uuid(std::string_view text);
std::string to_string(const Uuid& uuid);

// For random UUIDs, of which any eight bytes are a good hash.
struct UuidHash {
  std::size_t operator()(const Uuid& uuid) const {
    std::size_t hash = 0;
    std::memcpy(&hash, uuid.bytes.data() + uuid.bytes.size() - sizeof hash, sizeof hash);
    return hash;
  }
};

}  // namespace feedctl
