#include "imports/cid.hpp"

#include <algorithm>

namespace feedctl::imports {
namespace {

constexpr std::size_t max_varint = 9;
constexpr std::uint64_t sha2_256 = 0x12;

}  // namespace

std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  const auto most = std::min(bytes.size(), max_varint);
  for (std::size_t i = 0; i < most; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value |= std::uint64_t{byte & 0x7fU} << (7 * i);
    if (byte & 0x80) continue;
    if (byte == 0 && i > 0) return std::nullopt;
    bytes.remove_prefix(i + 1);
    return value;
  }
  return std::nullopt;
}

std::optional<Cid> take_cid(std::string_view& bytes) {
  Cid cid;
  const auto version = take_varint(bytes);
  const auto codec = take_varint(bytes);
  const auto function = take_varint(bytes);
  const auto size = take_varint(bytes);
  if (version != 1 || !codec || function != sha2_256 || size != cid.hash.size() ||
      bytes.size() < cid.hash.size())
    return std::nullopt;
  cid.codec = *codec;
  std::copy_n(bytes.begin(), cid.hash.size(), cid.hash.begin());
  bytes.remove_prefix(cid.hash.size());
  return cid;
}

}  // namespace feedctl::imports
