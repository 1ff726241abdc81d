#pragma once
// Real S3 servers for tests, each a process on free ports of 127.0.0.1 with one empty bucket. They
// end with their objects. One thread.
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"
#include "support/third_party_tools.hpp"

namespace feedctl::support {

inline constexpr const char* s3_key = "feedctl-test-key";
inline constexpr const char* s3_secret = "feedctl-test-secret-key";
inline constexpr const char* s3_bucket = "feedctl-media";

class S3Server {
 public:
  virtual ~S3Server() = default;

  int port() const { return port_; }
  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // The section media of a server that keeps its images here.
  config::MediaConfig media() const;
  // The same as settings of a ServerProcess.
  Settings settings() const;
  std::string output() const { return process_->output(); }

  void kill();
  // On the same port, with the data of before.
  void start_again();

 protected:
  // The command line of a server at port() with its data in that folder.
  using MakeArgv = std::function<std::vector<std::string>(const std::filesystem::path& data)>;
  // Returns once the bucket is there. Throws, with what the server printed, where it does not
  // start.
  void start(const MakeArgv& make_argv);

  const TempFolder folder_{"feedctl-s3-", server_data_root()};

 private:
  bool wait_until_up();

  int port_ = 0;
  std::vector<std::string> argv_;
  std::unique_ptr<BackgroundProcess> process_;
};

class SeaweedFs final : public S3Server {
 public:
  SeaweedFs();

  static const Tool& tool();
  static bool is_available() { return static_cast<bool>(tool()); }
};

class VersityGw final : public S3Server {
 public:
  VersityGw();

  static const Tool& tool();
  static bool is_available() { return static_cast<bool>(tool()); }
};

}  // namespace feedctl::support
