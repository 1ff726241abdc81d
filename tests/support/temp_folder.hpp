#pragma once
#include <filesystem>
#include <string>

namespace feedctl::support {

// Where the servers of tests keep their data: $TMPDIR if it is set, else /dev/shm if that and the
// memory have room for two test programs a core, else /tmp. A new database is some 300 files: in
// memory they cost a tenth.
std::filesystem::path server_data_root();

// A folder under $TMPDIR or /tmp, or under `parent`; removed with what it holds. Servers of another
// account may enter. It is locked by an flock on itself, which the kernel releases when the program
// ends.
class TempFolder {
 public:
  explicit TempFolder(const std::string& prefix = "feedctl-test-",
                      const std::filesystem::path& parent = std::filesystem::temp_directory_path());
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder();
  const std::filesystem::path& path() const { return path_; }
  // remove_abandoned_folders() leaves it, too.
  void keep_on_exit();

  // Writes a file in it and gives its path.
  std::filesystem::path write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
  int lock_fd_ = -1;
  bool kept_ = false;
};

// Removes the folders in `root` that a killed test program could not remove: nobody holds their
// lock. In memory they would stay until the machine restarts.
void remove_abandoned_folders(const std::filesystem::path& root);
void remove_abandoned_folders();  // in /dev/shm, and in $TMPDIR or /tmp

std::string read_file(const std::filesystem::path& path);

}  // namespace feedctl::support
