#include "support/s3_servers.hpp"

#include <filesystem>
#include <stdexcept>

#include "base/error.hpp"
#include "blob/s3_client.hpp"
#include "support/eventually.hpp"

namespace feedctl::support {
namespace {

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

S3Server::S3Server() : port_(free_port()) {}

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

void S3Server::start(const std::vector<std::string>& argv) {
  process_ = std::make_unique<BackgroundProcess>(argv);
  const auto settings = media();
  const bool is_up = eventually(std::chrono::seconds{60},
                                [&] { return !process_->is_running() || make_bucket(settings); });
  if (!is_up || !process_->is_running())
    throw std::runtime_error("an S3 server did not start:\n" + process_->output());
}

const Tool& SeaweedFs::tool() {
  static const Tool found = seaweedfs();
  return found;
}

SeaweedFs::SeaweedFs() {
  const auto config = folder_.write("s3.json", seaweedfs_identities).string();
  const auto data = folder_.path() / "data";
  std::filesystem::create_directory(data);
  const auto grpc = [](const char* name) {
    return std::string("-") + name + ".port.grpc=" + free_port_text();
  };
  start({tool().path.string(),
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
         "-s3.port=" + std::to_string(port_),
         grpc("s3"),
         "-s3.config=" + config,
         "-s3.autoCreateBucket=false",
         "-s3.port.iceberg=0",
         "-s3.port.lance=0"});
}

const Tool& VersityGw::tool() {
  static const Tool found = versitygw();
  return found;
}

VersityGw::VersityGw() {
  const auto data = folder_.path() / "data";
  std::filesystem::create_directory(data);
  start({tool().path.string(), "--access", s3_key, "--secret", s3_secret, "--port",
         "127.0.0.1:" + std::to_string(port_), "posix", data.string()});
}

}  // namespace feedctl::support
