#pragma once
// An incremental HTTP/1.1 response parser (RFC 9112) over the bytes that a connection received.
//
// The caller passes all bytes of the response from its first one at each call; they may have moved,
// but not changed. The parser reads each of them once. It copies only the chunks of a chunked body.
// Interim responses (1xx but 101) are skipped. One thread.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace feedctl::loadtest {

enum class ParseState : std::uint8_t { needs_more, complete, malformed };

class ResponseParser {
 public:
  // Interim responses included.
  static constexpr std::size_t max_head = 64 * 1024;

  // A body above `max_body` is malformed.
  explicit ResponseParser(std::size_t max_body) : max_body_(max_body) {}

  // Expects a new response.
  void reset(bool is_head);
  ParseState parse(std::string_view bytes);
  // The server closed the connection: that is the end of a body without a length.
  ParseState end_of_stream(std::string_view bytes);

  // -- of a complete response; views are into the bytes of the last call, or into the parser.
  int status() const { return status_; }
  // Without the status line; each line with its CR LF.
  std::string_view headers() const { return headers_; }
  std::string_view body() const { return body_; }
  // Another request may follow on the connection.
  bool is_keep_alive() const { return is_keep_alive_; }
  std::size_t consumed() const { return position_; }

 private:
  enum class Step : std::uint8_t { head, sized, chunk_size, chunk, trailer, until_close };

  // nullopt: the step is over and the next one begins.
  std::optional<ParseState> run_step();
  std::optional<ParseState> parse_head();
  bool parse_status_line(std::string_view line);
  bool parse_fields(std::string_view fields);
  bool parse_field(std::string_view line);
  bool parse_length(std::string_view value);
  std::optional<ParseState> begin_body();
  ParseState parse_sized();
  std::optional<ParseState> parse_chunk_size();
  std::optional<ParseState> parse_chunk();
  std::optional<ParseState> parse_trailer();
  ParseState parse_until_close() const;
  ParseState finish(std::string_view body);
  enum class LineState : std::uint8_t { partial, complete, too_long };
  // `max_length`: without CR LF.
  LineState take_line(std::size_t max_length, std::string_view& line);

  const std::size_t max_body_;
  std::string_view bytes_;  // of the call
  Step step_ = Step::head;
  std::size_t position_ = 0;                   // what is before it is parsed
  std::size_t searched_ = 0;                   // what is before it holds no end of the head or line
  std::size_t head_begin_ = 0, head_end_ = 0;  // of the fields
  bool expects_no_body_ = false;               // the request was a HEAD
  int status_ = 0;
  bool is_keep_alive_ = true, is_http10_ = false;
  bool has_length_ = false, is_chunked_ = false;
  std::size_t length_ = 0;  // of the body, or what is left of the chunk
  std::size_t trailer_begin_ = 0;
  std::string_view headers_, body_;
  std::string decoded_;  // of a chunked body
};

}  // namespace feedctl::loadtest
