#include "base/file_digest.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "support/catch.hpp"
#include "support/memory_file.hpp"

using namespace feedctl;

TEST_CASE("the digest of a slice is that of its bytes alone") {
  std::string content;
  for (int i = 0; i < 200'000; ++i) content += static_cast<char>(i * 7 % 251);
  const auto file = support::memory_file(content);
  const std::pair<std::size_t, std::size_t> slices[] = {
      {0, content.size()}, {0, 0}, {17, 1}, {17, 65'536}, {17, 65'537}, {content.size(), 0}};
  for (const auto& [offset, size] : slices) {
    INFO(offset << ' ' << size);
    CHECK(sha256_hex(FileSlice{file.get(), offset, size}) ==
          sha256_hex(content.substr(offset, size)));
  }
}

TEST_CASE("a slice that ends behind its file, and a closed file, are unavailable") {
  const auto file = support::memory_file("12345");
  for (const auto& slice : {FileSlice{file.get(), 0, 6}, FileSlice{-1, 0, 1}}) {
    try {
      sha256_hex(slice);
      FAIL_CHECK("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::unavailable);
    }
  }
}
