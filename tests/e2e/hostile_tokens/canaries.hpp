#pragma once
// Secrets with a mark that occurs nowhere else, and the search for them in whatever a program
// shows. Not thread-safe.
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.hpp"

namespace feedctl::hostile {

class Canaries {
 public:
  // A secret for this place, of letters and digits, so that no encoding changes it.
  std::string plant(const std::string& place) {
    std::string text = "canary";
    for (const char byte : random_bytes(16))
      append_hex_byte(text, static_cast<unsigned char>(byte));
    add(place, text);
    return text;
  }
  // A secret that the program has made itself.
  void add(const std::string& place, const std::string& secret) {
    if (secret.size() < 16) throw std::runtime_error("no secret for " + place);
    planted_.emplace_back(place, secret);
  }
  std::size_t size() const { return planted_.size(); }

  // The places whose secrets stand in `text`, in whole or by half.
  std::string found_in(const std::string& text) const {
    std::string places;
    for (const auto& [place, secret] : planted_) {
      const auto half = secret.size() / 2;
      const bool found = text.find(secret.substr(0, half)) != std::string::npos ||
                         text.find(secret.substr(half)) != std::string::npos;
      if (found) places += (places.empty() ? "" : ", ") + place;
    }
    return places;
  }

 private:
  std::vector<std::pair<std::string, std::string>> planted_;
};

}  // namespace feedctl::hostile
