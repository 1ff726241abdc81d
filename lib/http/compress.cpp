#include "http/compress.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>

#include "base/error.hpp"
#include "http/content_negotiation.hpp"
#include "http/header_text.hpp"

namespace feedctl::http {

namespace {

constexpr int gzip_window = 15 + 16;  // the largest window, in gzip's frame
constexpr int memory_level = 8;
constexpr int best_level = 9;

// One zlib stream with its quarter of a megabyte of windows, for one thread and level.
class Deflater {
 public:
  explicit Deflater(int level) {
    if (::deflateInit2(&stream_, level, Z_DEFLATED, gzip_window, memory_level,
                       Z_DEFAULT_STRATEGY) != Z_OK) {
      throw Error(ErrorCode::internal, "cannot set up zlib");
    }
  }
  ~Deflater() { ::deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string run(std::string_view bytes) {
    ::deflateReset(&stream_);
    std::string out(::deflateBound(&stream_, static_cast<uLong>(bytes.size())), '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    if (::deflate(&stream_, Z_FINISH) != Z_STREAM_END) {
      throw Error(ErrorCode::internal, "zlib did not finish");
    }
    out.resize(stream_.total_out);
    return out;
  }

 private:
  z_stream stream_{};
};

// The ETag of a 304 must be the one of the client's copy.
void match_client_etag(const Request& request, Response& response) {
  add_vary_encoding(response);
  auto* etag = response.find_header("ETag");
  const auto* if_none_match = request.header("if-none-match");
  if (etag == nullptr || if_none_match == nullptr) return;
  const auto weak = to_weak_etag(*etag);
  if (if_none_match->find(weak) != std::string::npos) *etag = weak;
}

}  // namespace

bool accepts_gzip(const std::string* accept_encoding) {
  return accept_encoding != nullptr && accepts_gzip(std::string_view(*accept_encoding));
}

bool accepts_gzip(std::string_view accept_encoding) {
  int gzip = -1, any = -1, identity = -1;
  for_each_preference(accept_encoding, [&](std::string_view name, int q) {
    if (q == malformed_quality) return;  // every client accepts identity
    if (equals_ignore_case(name, "gzip") || equals_ignore_case(name, "x-gzip"))
      gzip = std::max(gzip, q);
    if (name == "*") any = q;
    if (equals_ignore_case(name, "identity")) identity = q;
  });
  if (gzip < 0) gzip = any;
  return gzip > 0 && gzip >= identity;
}

bool is_compressible(std::string_view content_type) {
  const auto type = to_lower(media_type(content_type));
  static constexpr std::array<std::string_view, 4> others{
      "application/json", "application/javascript", "application/yaml", "image/svg+xml"};
  return type.substr(0, 5) == "text/" ||
         std::find(others.begin(), others.end(), type) != others.end();
}

std::string gzip(std::string_view bytes, int level) {
  thread_local std::array<std::unique_ptr<Deflater>, best_level + 1> deflaters;
  auto& deflater = deflaters[static_cast<std::size_t>(std::clamp(level, 1, best_level))];
  if (!deflater) deflater = std::make_unique<Deflater>(std::clamp(level, 1, best_level));
  return deflater->run(bytes);
}

std::string gunzip(std::string_view bytes, std::size_t size) {
  z_stream stream{};
  if (::inflateInit2(&stream, gzip_window) != Z_OK) {
    throw Error(ErrorCode::internal, "cannot set up zlib");
  }
  std::string out(size + 1, '\0');  // zlib wants room even for nothing
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool ended = ::inflate(&stream, Z_FINISH) == Z_STREAM_END;
  const auto total = stream.total_out;
  ::inflateEnd(&stream);
  if (!ended || total != size) throw Error(ErrorCode::internal, "stored gzip is damaged");
  out.resize(size);
  return out;
}

std::string to_weak_etag(std::string_view etag) {
  std::string tag(etag);
  return tag.compare(0, 2, "W/") == 0 ? tag : "W/" + tag;
}

void add_vary_encoding(Response& response) {
  static constexpr std::string_view name = "Accept-Encoding";
  auto* const vary = response.find_header("Vary");
  if (vary == nullptr) {
    response.header("Vary", std::string(name));
    return;
  }
  bool has_name = false;
  for_each_item(
      *vary, [&](std::string_view item) { has_name = has_name || equals_ignore_case(item, name); });
  if (!has_name) vary->append(", ").append(name);
}

void compress(const Request& request, Response& response) {
  if (response.status == 304) return match_client_etag(request, response);
  if (response.status != 200 || response.body.size() < min_gzip_size) return;
  if (!is_compressible(response.content_type) ||
      response.find_header("Content-Encoding") != nullptr)
    return;
  add_vary_encoding(response);
  if (!accepts_gzip(request.header("accept-encoding"))) return;
  std::string compressed;
  try {
    compressed = gzip(response.body, fast_gzip_level);
  } catch (const std::exception&) {
    return;  // every client accepts identity
  }
  if (compressed.size() >= response.body.size()) return;
  response.body = std::move(compressed);
  response.header("Content-Encoding", "gzip");
  if (auto* etag = response.find_header("ETag")) *etag = to_weak_etag(*etag);
}

}  // namespace feedctl::http
