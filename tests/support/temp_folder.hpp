#pragma once
#include <filesystem>
#include <string>

namespace feedctl::support {

// Where the servers of tests keep their data: $TMPDIR if it is set, else /dev/shm if that and the
// memory have room, else /tmp. A new database is some 300 files: in memory they cost a tenth.
std::filesystem::path server_data_root();

// A folder under $TMPDIR or /tmp, or under `parent`; removed with what it holds. Servers of another
// account may enter.
class TempFolder {
 public:
  explicit TempFolder(const std::string& prefix = "feedctl-test-",
                      const std::filesystem::path& parent = std::filesystem::temp_directory_path());
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder();
  const std::filesystem::path& path() const { return path_; }
  void keep_on_exit() { kept_ = true; }

  // Writes a file in it and gives its path.
  std::filesystem::path write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
  bool kept_ = false;
};

std::string read_file(const std::filesystem::path& path);

}  // namespace feedctl::support
