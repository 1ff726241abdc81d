#include "content.hpp"

#include <random>

namespace feedctl::blob {

std::string read_object(const OpenObject& object) {
  return support::read_all({object.file.get(), 0, object.size});
}

std::string make_bytes(std::size_t size) {
  std::mt19937 random(20130524);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random() & 0xff);
  return bytes;
}

Deadline long_deadline() {
  return Deadline::after(std::chrono::minutes{5});
}

}  // namespace feedctl::blob
