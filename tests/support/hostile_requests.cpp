#include "support/hostile_requests.hpp"

namespace feedctl::hostile {

namespace {

constexpr std::size_t kibibyte = 1024;

using HostileRequests = std::vector<HostileRequest>;

std::string fields(std::string_view more) {
  return get("/v1/feed/hot", more);
}

HostileRequests request_lines() {
  return {
      {1, "garbage", "garbage\r\n\r\n", 400, true},
      {1, "a TLS hello", std::string("\x16\x03\x01\x02\x00\x01", 6), 400, true},
      {1, "a TLS hello as long as a line", "\x16" + std::string(9000, '\x03'), 400, true},
      {1, "two spaces", "GET  / HTTP/1.1\r\nHost: t\r\n\r\n", 400, true},
      {1, "a trailing space", "GET / HTTP/1.1 \r\nHost: t\r\n\r\n", 400, true},
      {1, "no version", "GET /\r\n\r\n", 400, true},
      {1, "tabs", "GET\t/\tHTTP/1.1\r\nHost: t\r\n\r\n", 400, true},
      {1, "a control byte in the target", "GET /\x01 HTTP/1.1\r\nHost: t\r\n\r\n", 400, true},
      {1, "lines without end", repeated("\r\n", 5), 400, true},
      {1, "a bare CR first", "\rGET / HTTP/1.1\r\nHost: t\r\n\r\n", 400, true},
      {1, "lower-case version", "GET / http/1.1\r\nHost: t\r\n\r\n", 400, true},
      {2, "HTTP/3.7", "GET / HTTP/3.7\r\nHost: t\r\n\r\n", 505, true},
      {2, "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, true},
      {5, "a target over 8 KiB", get("/" + std::string(8 * kibibyte, 'a')), 414, true},
      {5, "the same without newline", "GET /" + std::string(9000, 'a'), 414, true},
  };
}

HostileRequests hosts() {
  const std::string line = "GET /v1/feed/hot HTTP/1.1\r\n";
  return {
      {3, "no Host", line + "\r\n", 400, true},
      {3, "two Hosts", line + "Host: t\r\nHost: t\r\n\r\n", 400, true},
      {3, "two Hosts in two cases", line + "Host: t\r\nHOST: u\r\n\r\n", 400, true},
      {3, "Host with a path", line + "Host: t/x@y\r\n\r\n", 400, true},
      {3, "Host with a list", line + "Host: t, u\r\n\r\n", 400, true},
      {3, "Host with a bad port", line + "Host: t:80x\r\n\r\n", 400, true},
      {4, "another Host", line + "Host: evil\r\n\r\n", 421},
      {4, "an empty Host", line + "Host:\r\n\r\n", 421},
      {4, "another Host in the target", "GET http://evil/ HTTP/1.1\r\nHost: t\r\n\r\n", 421},
      {4, "a Host that ends like ours", line + "Host: evil.t\r\n\r\n", 421},
      {0, "our Host with a port", line + "Host: T:8000\r\n\r\n", 200},
      {0, "health by address", "GET /health/live HTTP/1.1\r\nHost: 10.1.2.3:8000\r\n\r\n", 200},
      {0, "health without a Host", "GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       200},
      {0, "its short form by address", "GET /readyz HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n", 200},
      {4, "a path like health's", "GET /healthy HTTP/1.1\r\nHost: evil\r\n\r\n", 421},
  };
}

HostileRequests header_fields() {
  return {
      {6, "a line over 8 KiB", fields("X: " + std::string(8 * kibibyte, 'a') + "\r\n"), 431, true},
      {6, "no newline ever", "GET / HTTP/1.1\r\nX: " + std::string(9000, 'a'), 431, true},
      {7, "101 fields", fields(repeated("A: b\r\n", 100)), 431, true},
      {8, "33 KiB in all", fields(repeated("A: " + std::string(4000, 'b') + "\r\n", 9)), 431, true},
      {20, "a folded line", fields("A: b\r\n c\r\n"), 400, true},
      {20, "a line folded by a tab", fields("A: b\r\n\tc\r\n"), 400, true},
      {20, "bare LF", "GET / HTTP/1.1\nHost: t\n\n", 400, true},
      {20, "one bare LF", "GET / HTTP/1.1\r\nHost: t\nA: b\r\n\r\n", 400, true},
      {20, "a head that ends in a bare LF", "GET / HTTP/1.1\r\nHost: t\r\n\n", 400, true},
      {20, "space before the colon", fields("A : b\r\n"), 400, true},
      {20, "no colon", fields("A\r\n"), 400, true},
      {20, "no name", fields(": b\r\n"), 400, true},
      {20, "a first field that is folded", "GET / HTTP/1.1\r\n Host: t\r\n\r\n", 400, true},
      {21, "NUL", fields(std::string("A: b\0c\r\n", 8)), 400, true},
      {21, "a control byte", fields("A: b\x07\r\n"), 400, true},
      {21, "DEL", fields("A: b\x7f\r\n"), 400, true},
      {21, "a bare CR", fields("A: b\rc\r\n"), 400, true},
      {21, "a CR more", fields("A: b\r\r\n"), 400, true},
      {0, "a tab and Latin-1 in a value", fields("A: b\tc \xe9\r\n"), 200},
      {0, "a tag without a tag", fields("If-None-Match: W/\r\n"), 200},
      {0, "a tag without an end", fields("If-None-Match: \"a, W/\"\r\n"), 200},
      {0, "codings without names", fields("Accept-Encoding: ,;,;q=,gzip;q=9\r\n"), 200},
      {0, "types without names", fields("Accept: ,;,/;q,*/*;q=\r\n"), 200},
      {0, "a trace that is none", fields("Traceparent: 00-\r\nX-Request-Id: a b\r\n"), 200},
      {101, "ranges", fields("Range: bytes=0-" + repeated(",0-", 1000) + "\r\n"), 200},
  };
}

HostileRequests lengths() {
  return {
      {11, "both", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400,
       true},
      {11, "both, the other first",
       post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"), 400, true},
      {12, "two lengths", post("Content-Length: 1\r\nContent-Length: 2\r\n", "xx"), 400, true},
      {12, "one length twice", post("Content-Length: 1\r\ncontent-length: 1\r\n", "x"), 400, true},
      {13, "-1", post("Content-Length: -1\r\n"), 400, true},
      {13, "+5", post("Content-Length: +5\r\n", "xxxxx"), 400, true},
      {13, "0x10", post("Content-Length: 0x10\r\n"), 400, true},
      {13, "5, 6", post("Content-Length: 5, 6\r\n"), 400, true},
      {13, "5, 5", post("Content-Length: 5, 5\r\n"), 400, true},
      {13, "5 5", post("Content-Length: 5 5\r\n"), 400, true},
      {13, "2^64", post("Content-Length: 18446744073709551616\r\n"), 400, true},
      {13, "nothing", post("Content-Length:\r\n"), 400, true},
      {17, "10 GiB", post("Content-Length: 10737418240\r\n"), 413, true},
      {17, "2^64 - 1", post("Content-Length: 18446744073709551615\r\n"), 413, true},
      {18, "waiting, over the limit", post("Content-Length: 262145\r\nExpect: 100-continue\r\n"),
       413, true},
      {18, "another Expect", post("Content-Length: 2\r\nExpect: miracles\r\n", "{}"), 417, true},
      {18, "another Expect without a body", post("Expect: miracles\r\n"), 417},
      {19, "gzip", post("Content-Encoding: gzip\r\nContent-Length: 3\r\n", "xyz"), 415},
      {19, "br in chunks",
       post("Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\n\r\n"), 415},
  };
}

HostileRequests chunks() {
  const std::string all = "0\r\n\r\n";
  return {
      {14, "xchunked", post("Transfer-Encoding: xchunked\r\n", all), 501, true},
      {14, "gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", all), 501, true},
      {14, "chunked with a parameter", post("Transfer-Encoding: chunked;a=b\r\n", all), 501, true},
      {14, "chunked in quotes", post("Transfer-Encoding: \"chunked\"\r\n", all), 501, true},
      {14, "chunked, gzip", post("Transfer-Encoding: chunked, gzip\r\n", all), 400, true},
      {14, "chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", all), 400, true},
      {14, "chunked in two fields",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", all), 400, true},
      {14, "nothing", post("Transfer-Encoding:\r\n", all), 400, true},
      {14, "in HTTP/1.0",
       "POST /v1/feed/posts/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + all, 400, true},
      {15, "-2", chunked_post("-2\r\n"), 400, true},
      {15, "zz", chunked_post("zz\r\n"), 400, true},
      {15, "0x1", chunked_post("0x1\r\nx\r\n0\r\n\r\n"), 400, true},
      {15, "17 digits", chunked_post("00000000000000001\r\nx\r\n0\r\n\r\n"), 400, true},
      {15, "no digit", chunked_post("\r\n\r\n"), 400, true},
      {15, "a space first", chunked_post(" 1\r\nx\r\n0\r\n\r\n"), 400, true},
      {15, "two sizes", chunked_post("1 1\r\nx\r\n0\r\n\r\n"), 400, true},
      {15, "a chunk longer than it says", chunked_post("1\r\nxx\r\n0\r\n\r\n"), 400, true},
      {15, "an extension without end", chunked_post("1;" + std::string(300, 'x')), 400, true},
      {15, "bare LF", chunked_post("1\nx\n0\n\n"), 400, true},
      {15, "bare LF behind a chunk", chunked_post("1\r\nx\n0\r\n\r\n"), 400, true},
      {15, "a trailer that is none", chunked_post("0\r\nT\r\n\r\n"), 400, true},
      {15, "a folded trailer", chunked_post("0\r\nT: a\r\n b\r\n\r\n"), 400, true},
      {16, "a chunk over the limit", chunked_post("40001\r\n"), 413, true},
      {16, "a chunk of 2^64 - 1", chunked_post("ffffffffffffffff\r\n"), 413, true},
      {16, "chunks over the limit",
       chunked_post("40000\r\n" + std::string(256 * kibibyte, ' ') + "\r\n1\r\n \r\n0\r\n\r\n"),
       413, true},
  };
}

HostileRequests targets() {
  HostileRequests rows;
  for (const auto* path :
       {"/v1/../feed/hot", "/v1/feed/..", "/./v1", "/v1/%2e%2e%2ffeed/hot", "/%2E%2E/etc",
        "/v1/feed%2fhot", "/v1/a%00b", "/v1/a%0d%0ab", "/v1/a\\b", "/v1/a%5Cb", "/v1/a%7fb"}) {
    rows.push_back({22, path, get(path), 400});
  }
  for (const auto* path : {"/v1/%zz", "/v1/%4", "/v1/%", "/v1/%c0%af", "/v1/%ff", "/v1/%ed%a0%80",
                           "/v1/\xff", "/v1/feed/hot?a=%zz", "/v1/feed/hot?%ff", "/v1/hot?a=%00"}) {
    rows.push_back({23, path, get(path), 400});
  }
  const HostileRequests more{
      {0, "a fragment", get("/v1/feed/hot#x"), 400},
      {0, "no slash", get("v1/feed/hot"), 400},
      {0, "another scheme", get("ftp://t/v1/feed/hot"), 400},
      {0, "an absolute target", get("http://t/v1/feed/hot"), 200},
      {0, "a path that is encoded", get("/v1/feed/h%6ft?limit=%31"), 200},
      {24, "an unknown route", get("/v1/nowhere"), 404},
      {24, "empty segments", get("//v1//feed//hot"), 404},
      {25, "a wrong method", post("Content-Length: 2\r\n", "{}", "/v1/feed/hot"), 405},
      {26, "TRACE", "TRACE /v1/feed/hot HTTP/1.1\r\nHost: t\r\n\r\n", 405},
      {26, "CONNECT", "CONNECT t:80 HTTP/1.1\r\nHost: t\r\n\r\n", 405},
      {0, "an unknown method", "BREW /v1/feed/hot HTTP/1.1\r\nHost: t\r\n\r\n", 501},
      {0, "a lower-case method", "get /v1/feed/hot HTTP/1.1\r\nHost: t\r\n\r\n", 501},
      {27, "a preflight of another origin",
       "OPTIONS /v1/feed/posts/ HTTP/1.1\r\nHost: t\r\nOrigin: https://evil.example\r\n"
       "Access-Control-Request-Method: POST\r\n\r\n",
       204},
      {100, "5,000 segments", get(repeated("/a", 5000)), 414, true},
      {100, "4,000 segments", get(repeated("/a", 4000)), 404},
      {100, "10,000 parameters", get("/v1/feed/hot?" + repeated("a&", 10'000)), 414, true},
      {100, "4,000 parameters", get("/v1/feed/hot?" + repeated("a&", 4000)), 400},
      {100, "a path that tempts to backtrack", get("/" + repeated("a", 4000) + "!"), 404},
  };
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

HostileRequests bodies() {
  HostileRequests rows{
      {28, "a form",
       post("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n", "text=a"),
       415},
      {28, "JSON as text", post("Content-Type: text/plain\r\nContent-Length: 2\r\n", "{}"), 415},
      {28, "JSON in UTF-16",
       post("Content-Type: application/json; charset=utf-16\r\nContent-Length: 2\r\n", "{}"), 415},
      {29, "only XML", fields("Accept: application/xml\r\n"), 406},
      {29, "no JSON", fields("Accept: application/json;q=0\r\n"), 406},
      {29, "only XML for a command", post("Accept: application/xml\r\n"), 406},
  };
  const std::pair<int, std::string> documents[] = {
      {30, R"({"text":"a)"},
      {30, "{} x"},
      {30, "{}{}"},
      {30, R"({"text":"a",})"},
      {30, "{'text':1}"},
      {31, repeated("[", 10'000)},
      {31, R"({"a":)" + repeated("[", 10'000) + repeated("]", 10'000) + "}"},
      {31, repeated(R"({"a":)", 10'000)},
      {32, R"({"text":"a","text":"b"})"},
      {32, R"({"text":"a","te\u0078t":"b"})"},
      {32, R"({"a":{"b":1,"b":2}})"},
      {33, R"({"text":"\ud800"})"},
      {33, R"({"text":"\udc00\ud800"})"},
      {33, "{\"text\":\"\xff\"}"},
      {33, "{\"text\":\"\xc0\x80\"}"},
      {33, "\xef\xbb\xbf{}"},
  };
  for (const auto& [number, document] : documents) {
    rows.push_back({number, "a document", json_post(document), 400});
  }
  std::string many = "{";
  for (int i = 0; i < 25'000; ++i) many += '"' + std::to_string(i) + "\":0,";
  rows.push_back({32, "25,000 keys, one of them twice", json_post(many + R"("7":0})"), 400});
  return rows;
}

void append(HostileRequests& all, HostileRequests more) {
  for (auto& row : more) all.push_back(std::move(row));
}

}  // namespace

HostileRequests hostile_requests() {
  HostileRequests all;
  for (const auto part : {request_lines, hosts, header_fields, lengths, chunks, targets, bodies}) {
    append(all, part());
  }
  return all;
}

HostileRequests valid_requests() {
  const std::string expect = "Content-Type: application/json\r\nExpect: 100-continue\r\n";
  return {
      {0, "GET", get("/v1/feed/hot?limit=3&a=%20"), 200},
      {0, "HEAD of a path that is not there", "DELETE /v1/x HTTP/1.1\r\nHost: t\r\n\r\n", 404},
      {0, "blank lines first", "\r\n\r\n" + get("/v1/nowhere"), 404},
      {0, "sized", json_post(R"({"text":5})"), 400},
      {0, "chunked", chunked_post("3\r\n{\"t\r\n8;a=b\r\next\":5}\n\r\n0\r\nT: v\r\n\r\n"), 400},
      {0, "waiting", post(expect + "Content-Length: 10\r\n", R"({"text":5})"), 400},
      {0, "waiting, chunked",
       post(expect + "Transfer-Encoding: chunked\r\n", "a\r\n{\"text\":5}\r\n0\r\n\r\n"), 400},
      {0, "a GET with a body", get("/v1/feed/hot?limit=0", "Content-Length: 7\r\n") + "GET /x ",
       400},
      {0, "a body that looks like a request", json_post(get("/v1/evil")), 400},
      {11, "a smuggling pair",
       post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nX"), 400, true},
      {14, "a coding that hides", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"),
       400, true},
      {20, "a length that hides", post("Content-Length : 4\r\n", "GET "), 400, true},
  };
}

std::string valid_request() {
  return get("/v1/feed/hot?limit=1");
}

std::string get(std::string_view target, std::string_view more) {
  std::string text = "GET ";
  return text.append(target).append(" HTTP/1.1\r\nHost: t\r\n").append(more).append("\r\n");
}

std::string post(std::string_view more, std::string_view body, std::string_view target) {
  std::string text = "POST ";
  text.append(target).append(" HTTP/1.1\r\nHost: t\r\n").append(more).append("\r\n");
  return text.append(body);
}

std::string json_post(std::string_view body, std::string_view more) {
  const auto length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return post("Content-Type: application/json\r\n" + length + std::string(more), body);
}

std::string chunked_post(std::string_view chunks) {
  return post("Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n", chunks);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace feedctl::hostile
