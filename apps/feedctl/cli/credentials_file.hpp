#pragma once
// The file with the tokens of `feedctl login`, by server. Only its owner may read it. Every change
// replaces the file as a whole, under a lock. For the main thread. Errors: Error(config) for a file
// that others can read or that is damaged, Error(failed) for one that cannot be written.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "feedctl/cli/auth_client.hpp"

namespace feedctl::cli {

// feedctl/credentials.json in XDG_STATE_HOME, else in ~/.local/state.
std::filesystem::path credentials_path();

// Other processes wait while the object lives.
class CredentialsFile {
 public:
  explicit CredentialsFile(std::filesystem::path path = credentials_path());
  ~CredentialsFile();
  CredentialsFile(const CredentialsFile&) = delete;
  CredentialsFile& operator=(const CredentialsFile&) = delete;

  std::vector<std::string> servers() const;
  std::optional<StoredTokens> find(const std::string& server) const;
  void store(const std::string& server, StoredTokens tokens);
  void remove(const std::string& server);

 private:
  using Entry = std::pair<std::string, StoredTokens>;
  void load();
  void save() const;

  const std::filesystem::path path_;
  int lock_fd_ = -1;
  std::vector<Entry> entries_;
};

}  // namespace feedctl::cli
