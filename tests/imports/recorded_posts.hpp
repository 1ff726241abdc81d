#pragma once
// Looks into what a RecordingSink keeps.
#include <map>
#include <string>

#include "recording_sink.hpp"

namespace feedctl::imports {

inline const ImportedPost* find_post(const RecordingSink& sink, const std::string& external_id) {
  for (const auto& post : sink.posts) {
    if (post.external_id == external_id) return &post;
  }
  return nullptr;
}

// "" where there is no such post.
inline std::string text_of(const RecordingSink& sink, const std::string& external_id) {
  const auto* post = find_post(sink, external_id);
  return post ? post->text : "";
}

using SkipCounts = std::map<std::string, int>;

// Without the reasons for which nothing was left out.
inline SkipCounts skip_counts(const RecordingSink& sink) {
  SkipCounts counts;
  for (std::size_t i = 0; i < skip_reason_count; ++i) {
    if (sink.skipped[i] > 0)
      counts[std::string(name_of(static_cast<SkipReason>(i)))] = sink.skipped[i];
  }
  return counts;
}

}  // namespace feedctl::imports
