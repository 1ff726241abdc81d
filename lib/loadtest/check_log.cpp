#include "loadtest/check_log.hpp"

#include <utility>

namespace feedctl::loadtest {

void CheckLog::add_finding(std::string sentence) {
  const std::lock_guard lock(mutex_);
  ++finding_count_;
  if (findings_.size() < max_findings) findings_.push_back(std::move(sentence));
}

void CheckLog::add_check() {
  const std::lock_guard lock(mutex_);
  ++check_count_;
}

void CheckLog::add_post(CheckedPost post) {
  const std::lock_guard lock(mutex_);
  if (posts_.size() < max_posts) posts_.push_back(std::move(post));
}

void CheckLog::set_obstacle(std::string sentence) {
  const std::lock_guard lock(mutex_);
  if (!obstacle_) obstacle_ = std::move(sentence);
}

std::vector<std::string> CheckLog::findings() const {
  const std::lock_guard lock(mutex_);
  return findings_;
}

std::uint64_t CheckLog::finding_count() const {
  const std::lock_guard lock(mutex_);
  return finding_count_;
}

std::uint64_t CheckLog::check_count() const {
  const std::lock_guard lock(mutex_);
  return check_count_;
}

std::vector<CheckedPost> CheckLog::posts() const {
  const std::lock_guard lock(mutex_);
  return posts_;
}

std::optional<std::string> CheckLog::obstacle() const {
  const std::lock_guard lock(mutex_);
  return obstacle_;
}

}  // namespace feedctl::loadtest
