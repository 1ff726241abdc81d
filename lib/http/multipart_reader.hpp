#pragma once
// Splits the body of a multipart form into its parts. For MultipartForm. One thread at a time.
#include <string>
#include <string_view>
#include <vector>

#include "http/body_cursor.hpp"
#include "http/multipart.hpp"

namespace feedctl::http {

class MultipartReader {
 public:
  // `fd` must stay open; the parts refer to it.
  MultipartReader(int fd, const std::string& boundary, const MultipartLimits& limits);

  // Error(invalid_argument) where the body is malformed or exceeds a limit.
  std::vector<MultipartPart> read();

 private:
  void move_past_first_boundary();
  // After the text of a boundary: moves behind its line. False after the last boundary.
  bool begins_part();
  MultipartPart read_part();
  MultipartPart read_head();
  std::string_view peek_line(std::size_t max_size);
  void skip_padding();
  void check_epilogue();

  const int fd_;
  const MultipartLimits& limits_;
  const std::string delimiter_;  // "\r\n--BOUNDARY"
  BodyCursor cursor_;
};

}  // namespace feedctl::http
