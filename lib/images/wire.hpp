#pragma once
// Messages between ImageProcessor, its helper process and the confined processes. Both ends are the
// same binary, so the messages are plain structs: one packet each, over SOCK_SEQPACKET.
//
// A request goes to the helper with the descriptors of: a socket for this call, the image, and one
// file for each image of the result. Over the call's socket come `Started`, with a descriptor of
// the confined process, from the helper, then `Finished` from the confined process. The end of the
// stream instead means that the sender has died.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "base/unique_fd.hpp"

namespace feedctl::images {

inline constexpr std::size_t max_outputs = 8;
inline constexpr std::size_t input_fds = 2;  // of a request: the call's socket, the image
inline constexpr std::size_t max_passed_fds = max_outputs + input_fds;
inline constexpr std::size_t max_blurhash = 32;

struct Request {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t longest_side = 0;  // not 0: sanitize, which has one output
  std::uint32_t width_count = 0;   // of thumbnails
  std::array<std::uint32_t, max_outputs> widths{};

  std::size_t max_output_count() const { return longest_side != 0 ? 1 : width_count; }
};

struct Started {
  int error = 0;  // errno where there is no process
};

enum class Failure : std::uint32_t {
  none,
  damaged,
  too_much_memory,
  profile_too_large,
  output_too_large,
  not_confined,  // the kernel refuses the limits
};

struct Output {
  std::uint64_t size = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

struct Finished {
  Failure failure = Failure::none;
  std::uint32_t output_count = 0;
  std::array<Output, max_outputs> outputs{};
  std::array<char, max_blurhash> blurhash{};  // with a NUL
};

// False with errno.
bool send_packet(int socket, std::span<const std::byte> bytes, std::span<const int> fds);

struct Packet {
  std::size_t size = 0;  // 0: the peer has closed its end
  std::vector<UniqueFd> fds;
};
// Waits for one packet; nullopt with errno. A packet that is longer than `to` is cut off.
std::optional<Packet> receive_packet(int socket, std::span<std::byte> to);

template <typename T>
bool send_message(int socket, const T& message, std::span<const int> fds = {}) {
  static_assert(std::is_trivially_copyable_v<T>);
  return send_packet(socket, std::as_bytes(std::span(&message, 1)), fds);
}

}  // namespace feedctl::images
