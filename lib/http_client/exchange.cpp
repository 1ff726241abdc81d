#include "http_client/exchange.hpp"

#include <httplib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <exception>
#include <optional>
#include <string_view>

#include "base/ascii.hpp"
#include "http_client/failure.hpp"

namespace feedctl::http_client {

namespace {

constexpr std::size_t max_head = 32 * 1024;
constexpr std::size_t max_line = 8 * 1024;
constexpr std::size_t max_status_line = 1024;
constexpr std::string_view status_line_begin = "HTTP/";
constexpr std::size_t buffer_size = 16 * 1024;

// ByteStream as httplib's Stream. It bounds the head of the answer, which httplib 0.11 does not:
// that version matches its first line with std::regex, whose recursion is as deep as the line is
// long. The functions that differ between the versions of httplib have no `override`.
class StreamAdapter : public httplib::Stream {
 public:
  // `may_refuse_body`: the server may answer before it has read the whole request.
  StreamAdapter(ByteStream& stream, bool may_refuse_body)
      : stream_(stream), may_refuse_body_(may_refuse_body) {}

  bool is_readable() const { return true; }
  bool is_writable() const { return true; }
  bool wait_readable() const { return true; }
  bool wait_writable() const { return true; }
  bool is_peer_alive() const { return true; }
  time_t duration() const { return 0; }
  void get_remote_ip_and_port(std::string&, int&) const {}
  void get_local_ip_and_port(std::string&, int&) const {}
  socket_t socket() const { return INVALID_SOCKET; }

  ssize_t read(char* target, std::size_t size) {
    return guarded([&] {
      if (begin_ == end_) {
        begin_ = 0;
        end_ = stream_.receive(buffer_, sizeof buffer_);
      }
      const auto count = std::min(size, end_ - begin_);
      std::copy_n(buffer_ + begin_, count, target);
      begin_ += count;
      if (is_in_head_) check_head({target, count});
      return count;
    });
  }

  ssize_t write(const char* bytes, std::size_t size) {
    return guarded([&] {
      if (!refused_body_) send({bytes, size});
      return size;
    });
  }

  void end_head() { is_in_head_ = false; }
  void rethrow_failure() const {
    if (failure_ && refused_body_) std::rethrow_exception(refused_body_);
    if (failure_) std::rethrow_exception(failure_);
  }
  // For answers that cannot be to the whole request.
  void rethrow_refusal() const {
    if (refused_body_) std::rethrow_exception(refused_body_);
  }

 private:
  // No exception passes through httplib.
  template <typename Function>
  ssize_t guarded(Function function) {
    try {
      return static_cast<ssize_t>(function());
    } catch (...) {
      failure_ = std::current_exception();
      return -1;
    }
  }

  void send(std::string_view bytes) {
    try {
      stream_.send(bytes);
    } catch (const CallFailure&) {
      if (!may_refuse_body_) throw;
      refused_body_ = std::current_exception();
    }
  }

  void check_head(std::string_view bytes) {
    head_size_ += bytes.size();
    for (const char c : bytes) add_to_line(c);
    const bool is_status_line = line_begin_ == status_line_begin;
    if (head_size_ > max_head || line_size_ > (is_status_line ? max_status_line : max_line))
      throw CallFailure("the head of the answer is too large");
  }

  void add_to_line(char c) {
    if (c == '\n') {
      line_size_ = 0;
      line_begin_.clear();
      return;
    }
    ++line_size_;
    if (line_begin_.size() < status_line_begin.size()) line_begin_ += c;
  }

  ByteStream& stream_;
  const bool may_refuse_body_;
  char buffer_[buffer_size];
  std::size_t begin_ = 0, end_ = 0;
  bool is_in_head_ = true;
  std::size_t head_size_ = 0, line_size_ = 0;
  std::string line_begin_;
  std::exception_ptr failure_, refused_body_;
};

// httplib's reader and writer of HTTP, without its sockets.
class HttpEngine : public httplib::ClientImpl {
 public:
  HttpEngine() : httplib::ClientImpl("unused") {
    set_decompress(false);
    set_path_encoding(*this);
  }

  bool run(httplib::Stream& stream, httplib::Request& request, httplib::Response& response) {
    auto error = httplib::Error::Success;
    return process_request(stream, request, response, true, error);
  }

 private:
  // The target is encoded already. Later versions have another name for the switch.
  template <typename Engine>
  static void set_path_encoding(Engine& engine) {
    if constexpr (requires { engine.set_path_encode(false); })
      engine.set_path_encode(false);
    else
      engine.set_url_encode(false);
  }
};

std::optional<std::uint64_t> to_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Why the answer is refused before its body is read; "": it is not.
std::string refusal_of(const httplib::Response& response, std::size_t max_body) {
  const auto encoding = to_lower(response.get_header_value("Content-Encoding"));
  if (!encoding.empty() && encoding != "identity") return "the answer is compressed";
  const auto length = response.get_header_value("Content-Length");
  if (length.empty()) return "";
  const auto size = to_number(length);
  if (!size) return "the answer has no valid Content-Length";
  return *size > max_body ? "the answer is too large" : "";
}

// Sends the part of the file that begins at `offset`.
bool send_part(const FileSlice& file, std::size_t offset, httplib::DataSink& sink) {
  char buffer[4 * buffer_size];
  const auto piece = read_piece(file, offset, buffer);
  return !piece.empty() && sink.write(piece.data(), piece.size());
}

void set_body_file(httplib::Request& made, const FileSlice& file) {
  made.content_length_ = file.size;
  made.content_provider_ = [file](std::size_t offset, std::size_t, httplib::DataSink& sink) {
    return send_part(file, offset, sink);
  };
}

httplib::Request to_httplib(const Request& request, const std::string& authority,
                            const std::string& target) {
  httplib::Request made;
  made.method = request.method;
  made.path = target;
  made.body = request.body;
  made.headers.emplace("Host", authority);
  made.headers.emplace("Accept-Encoding", "identity");
  for (const auto& [name, value] : request.headers) made.headers.emplace(name, value);
  if (!request.content_type.empty()) made.headers.emplace("Content-Type", request.content_type);
  if (request.body_file) set_body_file(made, *request.body_file);
  return made;
}

void add_head(Response& to, const httplib::Response& from) {
  to.status = from.status;
  for (const auto& [name, value] : from.headers) to.headers.emplace_back(to_lower(name), value);
}

// The body of an answer as it comes in: into the string, or into the file of the request.
class BodyReceiver {
 public:
  BodyReceiver(const Request& request, std::size_t max_body)
      : is_head_(request.method == "HEAD"), save_to_(request.save_to), max_body_(max_body) {}

  // Why it is refused; "": it is not.
  std::string begin(const httplib::Response& head) {
    is_saved_ = save_to_ >= 0 && head.status >= 200 && head.status < 300;
    return is_head_ ? "" : refusal_of(head, max_body_);
  }

  std::string add(std::string_view bytes) {
    if (size_ + bytes.size() > max_body_) return "the answer is too large";
    size_ += bytes.size();
    if (is_saved_) return save(bytes);
    body_.append(bytes);
    return "";
  }

  void move_to(Response& response) {
    response.body = std::move(body_);
    if (is_saved_) response.saved_size = size_;
  }

 private:
  std::string save(std::string_view bytes) {
    auto offset = static_cast<off_t>(size_ - bytes.size());
    while (!bytes.empty()) {
      const auto written = ::pwrite(save_to_, bytes.data(), bytes.size(), offset);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return std::string("the answer cannot be stored: ") + std::strerror(errno);
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += written;
    }
    return "";
  }

  const bool is_head_;
  const int save_to_;
  const std::size_t max_body_;
  bool is_saved_ = false;
  std::size_t size_ = 0;
  std::string body_;
};

}  // namespace

Response exchange(ByteStream& stream, const Request& request, const std::string& authority,
                  const std::string& target, std::size_t max_body) {
  StreamAdapter adapter(stream, request.body_file.has_value());
  BodyReceiver body(request, max_body);
  std::string refusal;
  auto sent = to_httplib(request, authority, target);
  sent.response_handler = [&](const httplib::Response& head) {
    adapter.end_head();
    refusal = body.begin(head);
    return refusal.empty();
  };
  sent.content_receiver = [&](const char* bytes, std::size_t size, auto, auto) {
    if (refusal.empty()) refusal = body.add({bytes, size});
    return refusal.empty();
  };
  HttpEngine engine;
  httplib::Response received;
  const bool done = engine.run(adapter, sent, received);
  adapter.rethrow_failure();
  if (!refusal.empty()) throw CallFailure(refusal);
  if (!done) adapter.rethrow_refusal();
  if (!done || received.status < 200) throw CallFailure("the answer is not valid HTTP");
  Response response;
  add_head(response, received);
  body.move_to(response);
  if (response.is_success()) adapter.rethrow_refusal();
  return response;
}

}  // namespace feedctl::http_client
