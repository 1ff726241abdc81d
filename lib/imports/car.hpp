#pragma once
// A streaming reader of CAR files, version 1: blocks of bytes, each under its content identifier.
// Memory: one buffer and one block. One thread. Error(bad_data) with the position: no CAR file,
// another version, cut off, or a length that no file can have.
// Source: ipld.io/specs/transport/car/carv1.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "imports/byte_input.hpp"
#include "imports/cid.hpp"
#include "imports/import_sink.hpp"

namespace feedctl::imports {

struct CarBlock {
  Cid cid;
  std::string_view data;  // valid until the reader reads on
};

// Whether the bytes have the SHA-256 of the identifier.
bool is_intact(const CarBlock& block);

class CarReader {
 public:
  static constexpr std::size_t max_block_bytes = max_item_bytes;
  static constexpr std::size_t max_header_bytes = 64 * 1024;

  // Reads the header. `name` stands before messages.
  CarReader(ByteInput::Read read, std::string name);

  const std::vector<Cid>& roots() const { return roots_; }
  // The next block; nullopt: the end. Blocks that are too large and those with an identifier of
  // another version or hash are passed by.
  std::optional<CarBlock> next();

  std::size_t too_large() const { return too_large_; }
  std::size_t unsupported() const { return unsupported_; }

 private:
  // nullopt: the end, before the first byte.
  std::optional<std::uint64_t> read_length();
  // False: the file ends before.
  bool read_section(std::uint64_t size);
  void read_header();
  Error error(const std::string& what) const;
  Error cut_off() const;

  ByteInput input_;
  std::string name_;
  std::string section_;
  std::vector<Cid> roots_;
  std::size_t too_large_ = 0;
  std::size_t unsupported_ = 0;
};

}  // namespace feedctl::imports
