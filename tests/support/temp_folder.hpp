#pragma once
#include <filesystem>
#include <string>

namespace feedctl::support {

// A folder under $TMPDIR or /tmp, removed with what it holds. Servers of another account may enter.
class TempFolder {
 public:
  explicit TempFolder(const std::string& prefix = "feedctl-test-");
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder();
  const std::filesystem::path& path() const { return path_; }
  void keep() { kept_ = true; }

  // Writes a file in it and gives its path.
  std::filesystem::path write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
  bool kept_ = false;
};

std::string read_file(const std::filesystem::path& path);

}  // namespace feedctl::support
