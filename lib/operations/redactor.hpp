#pragma once
// Masks secrets in texts that leave the machine: logs, reports, metrics.
//
// It masks every secret that it was told, in each form in which texts write it, and whatever looks
// like one: passwords in URLs, values of members and variables with such names, bearer tokens, JSON
// web tokens, keys of well-known forms, private keys. It rather masks too much. Thread-safe once
// all secrets are added.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/load.hpp"

namespace feedctl::operations {

class Redactor {
 public:
  // A text below four bytes is left to the patterns.
  void add_secret(const std::string& secret);
  // A URL or key=value string: the password in it.
  void add_url(const std::string& url);
  // All secrets of the configuration.
  void add_config(const config::Config& config);
  // The values of variables whose names or forms are those of secrets.
  void add_environment(const config::Environment& environment);

  std::string redact(std::string_view text) const;

 private:
  struct Known {
    std::string text;
    bool is_word;  // short: only where it stands alone, since it may be part of any word
  };
  void add_form(std::string text);
  void mask_known(std::string& line) const;

  std::vector<Known> known_;  // the longest first
};

}  // namespace feedctl::operations
