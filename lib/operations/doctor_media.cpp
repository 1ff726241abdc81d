#include "operations/doctor_media.hpp"

#include <array>
#include <filesystem>
#include <memory>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/memory_file.hpp"
#include "blob/open_store.hpp"
#include "config/media_options.hpp"
#include "http_client/client.hpp"
#include "operations/doctor_disk.hpp"

namespace feedctl::operations {

namespace {

constexpr std::string_view content = "a probe of feedctl doctor; it may be removed\n";
constexpr std::chrono::seconds timeout{10};
constexpr std::chrono::seconds link_ttl{60};

Error probe_failure(const std::string& text) {
  return Error(ErrorCode::unavailable, text).with_hint("look at the log of the store");
}

UniqueFd make_content() {
  auto file = make_memory_file("feedctl-probe", content);
  if (!file.is_open()) throw Error(ErrorCode::failed, "no memory for a probe object");
  return file;
}

// An object of the store; removed with it, as well as that goes.
class Probe {
 public:
  explicit Probe(blob::BlobStore& store)
      : store_(store), key_("doctor/" + sha256_hex(random_bytes(16))) {
    const auto file = make_content();
    store_.put(key_, {file.get(), 0, content.size()}, "text/plain", Deadline::after(timeout));
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  ~Probe() {
    try {
      if (!is_removed_) store_.remove(key_, Deadline::after(timeout));
    } catch (const std::exception&) {  // the finding is about what failed before
    }
  }

  void check_content() const {
    const auto shown = store_.head(key_, Deadline::after(timeout));
    if (!shown || shown->size != content.size())
      throw probe_failure("the store does not show what it was given");
    const auto object = store_.open(key_, content.size(), Deadline::after(timeout));
    std::array<char, 128> read{};
    if (!object || read_piece({object->file.get(), 0, read.size()}, 0, read) != content)
      throw probe_failure("the store does not give back what it was given");
  }

  void remove() {
    store_.remove(key_, Deadline::after(timeout));
    if (store_.head(key_, Deadline::after(timeout)))
      throw probe_failure("the store still has what was removed");
    is_removed_ = true;
  }

  std::optional<std::string> link() const { return store_.presigned_link(key_, now(), link_ttl); }

 private:
  blob::BlobStore& store_;
  const std::string key_;
  bool is_removed_ = false;
};

http_client::Response read_link(const std::string& url) {
  http_client::Options options;
  options.allow_loopback_http = true;
  options.allow_private_addresses = true;
  options.allow_private_http = true;
  try {
    return http_client::Client(options).get(url);
  } catch (const Error& error) {
    throw Error(error).with_hint(
        "if only browsers reach media.s3_public_endpoint, ignore this; else correct it");
  }
}

void check_links(Findings& findings, const std::string& link) {
  const auto status = read_link(link).status;
  if (status != 200) {
    findings.push_back({"media_links", Severity::error,
                        "a link to an object is answered with status " + std::to_string(status),
                        "correct media.s3_public_endpoint: the Host that reaches the S3 server "
                        "must be the one in it"});
    return;
  }
  const auto anonymous = read_link(link.substr(0, link.find('?'))).status;
  if (anonymous >= 200 && anonymous < 300) {
    findings.push_back({"media_links", Severity::error,
                        "anybody can read the bucket without a link, also what was removed from "
                        "view",
                        "take the policy or ACL for anonymous readers off the bucket"});
    return;
  }
  findings.push_back(
      {"media_links", Severity::ok, "links to objects work, and without one nothing is read"});
}

void check_store(Findings& findings, blob::BlobStore& store) {
  Probe probe(store);
  probe.check_content();
  if (const auto link = probe.link())
    run_check(findings, "media_links", [&] { check_links(findings, *link); });
  probe.remove();
  findings.push_back({"media", Severity::ok, store.name() + " keeps, gives and removes objects"});
}

}  // namespace

void check_media(Findings& findings, const config::MediaConfig& media) {
  run_check(findings, "media", [&] {
    const auto store = blob::open_store(media);
    if (!store) {
      findings.push_back(
          {"media", Severity::ok, "off: images need media.directory or media.s3_endpoint"});
      return;
    }
    check_store(findings, *store);
  });
  if (config::media_store_of(media) != config::MediaConfig::Store::directory ||
      !std::filesystem::exists(media.directory))
    return;
  run_check(findings, "media_room",
            [&] { check_free_space(findings, "media_room", media.directory); });
}

}  // namespace feedctl::operations
