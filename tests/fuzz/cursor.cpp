// Cursors: what was signed comes back, whatever was changed in it does not, and bytes that nobody
// signed are none.
#include "base/cursor_signer.hpp"
#include "base/encoding.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {
namespace {

void check_changed(const CursorSigner& signer, const std::string& cursor) {
  for (std::size_t at = 0; at < cursor.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = cursor;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      require(!signer.verify("feed:1", flipped), "a flipped bit is accepted");
    }
    require(!signer.verify("feed:1", cursor.substr(0, at)), "a cut one is accepted");
  }
  for (const char c : {'A', '=', '\0', '-'}) {
    require(!signer.verify("feed:1", cursor + c), "one with something behind it is accepted");
  }
}

}  // namespace

void cursor(std::string_view bytes) {
  static const CursorSigner signer{Secret<std::string>{"a key"}};
  static const CursorSigner other{Secret<std::string>{"another key"}};
  require(!signer.verify("feed:1", bytes), "bytes that nobody signed are accepted");
  if (const auto decoded = from_base64url(bytes)) {
    require(base64url(*decoded) == bytes, "two forms of one value");
  }
  const auto payload = bytes.substr(0, 60);
  require(from_base64url(base64url(bytes)) == bytes, "base64url does not come back");
  const auto made = signer.sign("feed:1", payload);
  require(signer.verify("feed:1", made) == payload, "the payload does not come back");
  require(!signer.verify("feed:12", made), "another list's is accepted");
  require(!signer.verify("feed", made), "another list's is accepted");
  require(!other.verify("feed:1", made), "another key's is accepted");
  check_changed(signer, made);
}

}  // namespace feedctl::fuzz
