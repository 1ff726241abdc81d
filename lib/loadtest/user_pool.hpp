#pragma once
// The users for whom a load test acts, picked with a Zipf distribution: the user of rank k as often
// as 1/k^exponent. A pick takes constant time: the alias method (Vose 1991). Immutable after
// construction, so that threads share it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.hpp"

namespace feedctl::loadtest {

struct LoadUser {
  Id id = 0;
  std::string token = {};  // "": the request names its actor by X-User-Id
};

class UserPool {
 public:
  static constexpr std::size_t max_users = 10'000'000;

  // The first user has the rank 1. `exponent` 0: all alike. Error(bad_data): too many users.
  UserPool(std::vector<LoadUser> users, double exponent);

  bool empty() const { return users_.empty(); }
  std::size_t size() const { return users_.size(); }
  const LoadUser& operator[](std::size_t rank) const { return users_[rank]; }
  // The rank, from 0, that belongs to 64 random bits. The pool is not empty.
  std::size_t pick(std::uint64_t random) const;

 private:
  struct Slot {
    float probability;  // of this rank; else it is the alias
    std::uint32_t alias;
  };
  std::vector<LoadUser> users_;
  std::vector<Slot> slots_;
};

}  // namespace feedctl::loadtest
