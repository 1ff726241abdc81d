#pragma once
// Data directory of `feedctl dev`: its place, its configuration file, its images and its pid file.
// Plain functions for the main thread.
#include <filesystem>
#include <string>

#include "dev_openid/options.hpp"
#include "dev_servers/dev_servers.hpp"

namespace feedctl::cli {

// /var/lib/feedctl/dev for root, else feedctl/dev in XDG_STATE_HOME. Error(failed) if the user has
// no home directory.
std::filesystem::path default_data_dir();

// Writes DIR/feedctl.yaml, with which other commands reach the servers, and returns its path.
// `auth_mode`: "open" or "required". People sign in at the provider.
std::filesystem::path write_config(const dev_servers::DevServers& servers, int port,
                                   const std::string& auth_mode,
                                   const dev_openid::Options& provider);

// DIR/media, where serve and work keep images, and DIR/photo.jpg, an image to upload. Makes both.
// Error(failed) if they cannot be made.
void prepare_media(const std::filesystem::path& data_dir);
void clear_media(const std::filesystem::path& data_dir);
std::filesystem::path sample_photo(const std::filesystem::path& data_dir);

// The file DIR/dev.pid exists while the object does.
class PidFile {
 public:
  explicit PidFile(const std::filesystem::path& data_dir);
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  std::filesystem::path path_;
};
pid_t running_pid(const std::filesystem::path& data_dir);  // 0: unknown

// Ends the `feedctl dev` that works in `data_dir` and waits for it; false if none does.
// Error(unavailable) if it does not end.
bool stop_running(const std::filesystem::path& data_dir);

}  // namespace feedctl::cli
