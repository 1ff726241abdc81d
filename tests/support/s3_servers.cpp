#include "support/s3_servers.hpp"

#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "base/error.hpp"
#include "blob/s3_client.hpp"
#include "support/eventually.hpp"

namespace feedctl::support {
namespace {

constexpr int max_starts = 3;

constexpr const char* seaweedfs_identities =
    R"({"identities":[{"name":"feedctl","credentials":[{"accessKey":"feedctl-test-key",)"
    R"("secretKey":"feedctl-test-secret-key"}],"actions":["Admin","Read","Write","List"]}]})";

// The bucket is there, or not yet.
bool make_bucket(const config::MediaConfig& media) {
  const blob::S3Client client(blob::S3Location(media.s3_endpoint, media.s3_bucket, true),
                              {media.s3_key, media.s3_secret, media.s3_region});
  try {
    const auto deadline = Deadline::after(std::chrono::seconds{20});
    const auto status = client.send({.method = "PUT"}, deadline).status;
    return status == 200 || status == 409;
  } catch (const Error&) {
    return false;
  }
}

std::string free_port_text() {
  return std::to_string(free_port());
}

}  // namespace

config::MediaConfig S3Server::media() const {
  config::MediaConfig media;
  media.store = config::MediaConfig::Store::s3;
  media.s3_endpoint = endpoint();
  media.s3_key = s3_key;
  media.s3_secret = Secret<std::string>(s3_secret);
  media.s3_bucket = s3_bucket;
  return media;
}

Settings S3Server::settings() const {
  return {{"media.s3_endpoint", endpoint()},
          {"media.s3_key", s3_key},
          {"media.s3_secret", s3_secret},
          {"media.s3_bucket", s3_bucket}};
}

void S3Server::kill() {
  process_->signal(SIGKILL);
  process_->wait(std::chrono::minutes{1});
}

void S3Server::start_again() {
  process_ = std::make_unique<BackgroundProcess>(argv_);
  if (!wait_until_up()) throw std::runtime_error("an S3 server did not start again:\n" + output());
}

void S3Server::start(const MakeArgv& make_argv) {
  for (int attempt = 1;; ++attempt) {
    port_ = free_port();
    const auto data = folder_.path() / ("data" + std::to_string(attempt));
    std::filesystem::create_directory(data);
    argv_ = make_argv(data);
    process_ = std::make_unique<BackgroundProcess>(argv_);
    if (wait_until_up()) return;
    // Another program may have taken one of the ports meanwhile.
    if (process_->is_running() || attempt == max_starts)
      throw std::runtime_error("an S3 server did not start:\n" + output());
  }
}

bool S3Server::wait_until_up() {
  const auto settings = media();
  const bool is_up = eventually(std::chrono::seconds{60},
                                [&] { return !process_->is_running() || make_bucket(settings); });
  return is_up && process_->is_running();
}

const Tool& SeaweedFs::tool() {
  static const Tool found = seaweedfs();
  return found;
}

SeaweedFs::SeaweedFs() {
  const auto config = folder_.write("s3.json", seaweedfs_identities).string();
  const auto grpc = [](const char* name) {
    return std::string("-") + name + ".port.grpc=" + free_port_text();
  };
  start([&](const std::filesystem::path& data) -> std::vector<std::string> {
    return {tool().path.string(),
            "server",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-dir=" + data.string(),
            "-master.port=" + free_port_text(),
            grpc("master"),
            "-master.telemetry=false",
            "-volume.port=" + free_port_text(),
            grpc("volume"),
            "-volume.max=20",
            "-master.volumeSizeLimitMB=64",
            "-filer",
            "-filer.port=" + free_port_text(),
            grpc("filer"),
            "-s3",
            "-s3.port=" + std::to_string(port()),
            grpc("s3"),
            "-s3.config=" + config,
            "-s3.autoCreateBucket=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0"};
  });
}

const Tool& VersityGw::tool() {
  static const Tool found = versitygw();
  return found;
}

VersityGw::VersityGw() {
  start([&](const std::filesystem::path& data) -> std::vector<std::string> {
    return {tool().path.string(),
            "--access",
            s3_key,
            "--secret",
            s3_secret,
            "--port",
            "127.0.0.1:" + std::to_string(port()),
            "posix",
            data.string()};
  });
}

}  // namespace feedctl::support
