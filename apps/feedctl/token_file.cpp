#include "feedctl/token_file.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "config/files.hpp"

namespace feedctl::cli {

Secret<std::string> read_token_file(const std::string& path) {
  const auto file = config::read_secret_file(path);
  if (!file.error.empty()) throw Error(ErrorCode::failed, file.error);
  const bool is_token =
      !file.text.empty() && std::all_of(file.text.begin(), file.text.end(),
                                        [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (!is_token)
    throw Error(ErrorCode::usage, path + " holds no token")
        .with_hint("one token alone, of visible ASCII characters");
  return Secret<std::string>(file.text);
}

}  // namespace feedctl::cli
