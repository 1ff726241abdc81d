#pragma once
// A digest of bytes that come in pieces, by OpenSSL. One thread at a time.
#include <memory>
#include <string>
#include <string_view>

struct evp_md_st;
struct evp_md_ctx_st;

namespace feedctl {

class Digest {
 public:
  // An algorithm of OpenSSL: "SHA256", "MD5". One that OpenSSL does not have gives "".
  explicit Digest(const char* algorithm);

  void add(std::string_view bytes);
  // The digest's bytes; "" where it failed. Only once.
  std::string finish();

 private:
  std::unique_ptr<evp_md_st, void (*)(evp_md_st*)> algorithm_;
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
  bool is_valid_ = false;
};

}  // namespace feedctl
