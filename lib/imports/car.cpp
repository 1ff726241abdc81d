#include "imports/car.hpp"

#include <utility>

#include "imports/cbor.hpp"

namespace feedctl::imports {
namespace {

constexpr std::size_t max_varint = 9;
constexpr std::size_t max_cid_bytes = 128;

}  // namespace

bool is_intact(const CarBlock& block) {
  return sha256(block.data) == block.cid.hash;
}

CarReader::CarReader(ByteInput::Read read, std::string name)
    : input_(std::move(read)), name_(std::move(name)) {
  read_header();
}

Error CarReader::error(const std::string& what) const {
  return Error(ErrorCode::bad_data,
               name_ + ": byte " + std::to_string(input_.position()) + ": " + what);
}

Error CarReader::cut_off() const {
  return error("the CAR file ends in the middle").with_hint("download it again");
}

std::optional<std::uint64_t> CarReader::read_length() {
  std::string digits;
  while (digits.size() < max_varint) {
    const int byte = input_.get();
    if (byte == ByteInput::end && digits.empty()) return std::nullopt;
    if (byte == ByteInput::end) throw cut_off();
    digits += static_cast<char>(byte);
    if (byte < 0x80) break;
  }
  std::string_view rest = digits;
  const auto value = take_varint(rest);
  if (!value || *value == 0) throw error("is no CAR file: a length is malformed");
  return value;
}

bool CarReader::read_section(std::uint64_t size) {
  section_.clear();
  return input_.append_to(section_, size);
}

void CarReader::read_header() {
  const auto size = read_length();
  if (!size) throw error("is empty");
  if (*size > max_header_bytes) throw error("is no CAR file: its header is too long");
  if (!read_section(*size)) throw error("is no CAR file, or ends within its header");
  const auto header = cbor::decode(section_);
  const auto* version = header ? header->find("version") : nullptr;
  if (!version || !version->integer()) throw error("is no CAR file: its header is malformed");
  if (*version->integer() != 1)
    throw error("is a CAR file of version " + std::to_string(*version->integer()))
        .with_hint("only version 1 can be read");
  const auto* roots = header->find("roots");
  if (!roots || !roots->array()) throw error("is no CAR file: its header has no roots");
  for (const auto& root : *roots->array()) {
    if (root.cid()) roots_.push_back(*root.cid());
  }
}

std::optional<CarBlock> CarReader::next() {
  while (const auto size = read_length()) {
    if (*size > max_block_bytes + max_cid_bytes) {
      ++too_large_;
      if (!input_.skip(*size)) throw cut_off();
      continue;
    }
    if (!read_section(*size)) throw cut_off();
    std::string_view data = section_;
    const auto cid = take_cid(data);
    if (cid) return CarBlock{*cid, data};
    ++unsupported_;
  }
  return std::nullopt;
}

}  // namespace feedctl::imports
