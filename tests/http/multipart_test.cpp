#include "http/multipart.hpp"

#include <cstdio>
#include <memory>
#include <random>

#include "base/error.hpp"
#include "http/body_cursor.hpp"
#include "http/body_file.hpp"
#include "support/catch.hpp"
#include "support/resident_memory.hpp"

using namespace feedctl;
using namespace feedctl::http;

namespace {

const std::string usual_type = "multipart/form-data; boundary=XyZ";

Request form_request(std::string body, const std::string& content_type = usual_type) {
  Request request;
  request.method = Method::post;
  request.has_body = true;
  request.body = std::move(body);
  request.headers.emplace_back("content-type", content_type);
  return request;
}

// The same with its body in a file.
struct SpooledRequest {
  explicit SpooledRequest(const std::string& body)
      : file(std::tmpfile(), &std::fclose), request(form_request("")) {
    std::fwrite(body.data(), 1, body.size(), file.get());
    std::fflush(file.get());
    request.body_file = "/proc/self/fd/" + std::to_string(::fileno(file.get()));
  }
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file;
  Request request;
};

std::string content_of(const MultipartPart& part) {
  std::string content(part.content.size, '\0');
  const auto got = read_at(part.content.fd, part.content.offset, content.data(), content.size());
  CHECK(got == content.size());
  return content;
}

std::string part(const std::string& name, const std::string& content,
                 const std::string& more_headers = "") {
  return "--XyZ\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n" + more_headers +
         "\r\n" + content + "\r\n";
}

std::string file_part(const std::string& filename, const std::string& content) {
  return "--XyZ\r\nContent-Disposition: form-data; name=\"image\"; " + filename +
         "\r\nContent-Type: image/png\r\n\r\n" + content + "\r\n";
}

const std::string end = "--XyZ--\r\n";

// "" where the form is accepted.
std::string refusal(const Request& request, const MultipartLimits& limits = {}) {
  try {
    MultipartForm::parse(request, limits);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::invalid_argument);
    return error.what();
  }
  return "";
}

std::string refusal(const std::string& body) {
  return refusal(form_request(body));
}

// Every part lies behind the one before it, and within the body.
void check_parts(const MultipartForm& form, std::size_t body_size) {
  std::size_t least = 0;
  for (const auto& part : form.parts()) {
    CHECK(part.content.offset >= least);
    CHECK(part.content.size <= body_size);
    CHECK(part.content.offset + part.content.size <= body_size);
    CHECK_FALSE(part.name.empty());
    least = part.content.offset + part.content.size;
  }
}

}  // namespace

TEST_CASE("a form has its fields and files, whether its body is in memory or in a file") {
  const std::string png("\x89PNG\r\n\x1a\n\0\r\n--XyYZ\r\n", 19);
  const auto body = part("text", "h\xc3\xa9llo") + file_part("filename=\"a.png\"", png) + end;
  const SpooledRequest spooled(body);
  for (const auto& request : {form_request(body), spooled.request}) {
    const auto form = MultipartForm::parse(request);
    CHECK(form.text("text") == "h\xc3\xa9llo");
    const auto* image = form.file("image");
    REQUIRE(image != nullptr);
    CHECK(image->filename == "a.png");
    CHECK(image->content_type == "image/png");
    CHECK(image->content.offset == body.find(png));
    CHECK(content_of(*image) == png);
    CHECK(form.parts().size() == 2);
    CHECK(form.file("other") == nullptr);
    CHECK_FALSE(form.text("other"));
  }
}

TEST_CASE("a form outlives its request and may be moved") {
  auto form = std::make_unique<MultipartForm>(
      MultipartForm::parse(SpooledRequest(part("a", "one") + part("b", "") + end).request));
  const auto moved = std::move(*form);
  form.reset();
  CHECK(moved.text("a") == "one");
  CHECK(moved.text("b") == "");
}

TEST_CASE("only multipart/form-data is a form") {
  for (const auto* type : {"multipart/form-data", "Multipart/Form-Data; boundary=x"})
    CHECK(is_multipart(form_request("", type)));
  for (const auto* type : {"multipart/mixed; boundary=XyZ", "application/json", "image/png", "",
                           "multipart/form-datax; boundary=XyZ"}) {
    INFO(type);
    const auto request = form_request(end, type);
    CHECK_FALSE(is_multipart(request));
    try {
      MultipartForm::parse(request);
      FAIL_CHECK("it is accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::unsupported_media);
    }
  }
  CHECK_FALSE(is_multipart(Request{}));
  auto twice = form_request(end);
  twice.headers.emplace_back("content-type", usual_type);
  CHECK(refusal(twice) == "Content-Type must be given once");
}

// Row 89.
TEST_CASE("a boundary has 1 to 70 legal characters") {
  const auto type = [](const std::string& parameters) {
    return "multipart/form-data" + parameters;
  };
  for (const auto& parameters :
       {std::string(""), std::string(";"), std::string("; boundary="),
        std::string("; boundary=\"\""), "; boundary=" + std::string(71, 'x'),
        std::string("; boundary=\"a b \""), std::string("; boundary=\"a\\b\""),
        std::string("; boundary=\"\xc3\xa9\""), std::string("; boundary=a@b"),
        std::string("; boundary=\"a"), std::string("; boundary=a; boundary=a"),
        std::string("; boundary=\"a\"b"), std::string("; charset=utf-8")}) {
    INFO(parameters);
    CHECK_FALSE(refusal(form_request("--a--\r\n", type(parameters))).empty());
  }
  for (const auto& boundary :
       {std::string("a"), std::string(70, 'x'), std::string("a b"), std::string("'()+_,-./:=?"),
        std::string("----WebKitFormBoundary")}) {
    INFO(boundary);
    const auto body = "--" + boundary +
                      "\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--" + boundary + "--";
    for (const auto& parameters :
         {"; boundary=\"" + boundary + "\"", ";charset=x ; BOUNDARY=\"" + boundary + "\" ;"})
      CHECK(MultipartForm::parse(form_request(body, type(parameters))).text("a") == "1");
  }
}

// Row 89.
TEST_CASE("every form that is cut off is refused") {
  const auto whole = part("a", "one") + file_part("filename=\"x\"", std::string(300, 'p')) + end;
  const auto closed = whole.size() - 2;  // the last line end may be missing
  for (std::size_t size = 0; size < closed; ++size) {
    if (refusal(whole.substr(0, size)).empty()) FAIL_CHECK("accepted at " << size);
  }
  CHECK(refusal(whole.substr(0, closed)).empty());
  CHECK(refusal(whole).empty());
  CHECK_FALSE(refusal(whole.substr(0, closed + 1)).empty());
}

// Row 90.
TEST_CASE("parts and their headers are limited, and parts within parts are refused") {
  const auto parts = [](int count) {
    std::string body;
    for (int i = 0; i < count; ++i) body += part("p" + std::to_string(i), "x");
    return body + end;
  };
  CHECK(MultipartForm::parse(form_request(parts(16))).parts().size() == 16);
  CHECK(refusal(parts(17)).find("16 parts") != std::string::npos);
  CHECK(refusal(parts(1000)).find("16 parts") != std::string::npos);
  const auto headers = [](int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) lines += "X-" + std::to_string(i) + ": y\r\n";
    return part("a", "x", lines) + end;
  };
  CHECK(refusal(headers(15)).empty());  // and Content-Disposition
  CHECK(refusal(headers(16)).find("too many header lines") != std::string::npos);
  CHECK(refusal(headers(100)).find("too many header lines") != std::string::npos);
  CHECK(refusal(part("a", "x", "X: " + std::string(8000, 'y') + "\r\n") + end).empty());
  CHECK(refusal(part("a", "x", "X: " + std::string(8200, 'y') + "\r\n") + end).find("too long") !=
        std::string::npos);
  for (const auto* type : {"multipart/mixed; boundary=b", "MULTIPART/form-data; boundary=XyZ"}) {
    CHECK(refusal(part("a", "x", "Content-Type: " + std::string(type) + "\r\n") + end)
              .find("multipart itself") != std::string::npos);
  }
}

// Row 91.
TEST_CASE("a file name of any kind is accepted, and only the log has it") {
  const auto nul = std::string("filename=\"a") + '\0' + "\x01\x1b[31m.png\"";
  for (const auto& filename :
       {std::string("filename=\"../../x\""), nul, "filename=\"" + std::string(4096, 'n') + "\"",
        std::string("filename=\"\xe2\x80\xae gnp.exe\""), std::string("filename=\"\xff\xfe\""),
        std::string("filename=\"a\\\"b.png\""), std::string("filename=\"C:\\a\\b.png\""),
        std::string("filename=\"a; name=\\\"x\\\".png\""), std::string("filename=\"\""),
        std::string("filename=plain.png"), std::string("filename*=UTF-8''a%00b.png"),
        std::string("filename=\"a\"; filename*=UTF-8''..%2f..%2fx")}) {
    INFO(filename);
    const auto form = MultipartForm::parse(form_request(file_part(filename, "bytes") + end));
    const auto* image = form.file("image");
    REQUIRE(image != nullptr);
    CHECK(content_of(*image) == "bytes");
    CHECK(image->content_type == "image/png");
  }
}

TEST_CASE("the headers of a part are strict") {
  const auto with = [](const std::string& headers) {
    return "--XyZ\r\n" + headers + "\r\nx\r\n" + end;
  };
  const std::string name = "Content-Disposition: form-data; name=\"a\"\r\n";
  CHECK(refusal(with(name)).empty());
  CHECK(refusal(with("content-disposition:FORM-DATA;name=a;\r\n")).empty());
  for (const auto* coding : {"binary", "8bit", "7BIT"})
    CHECK(refusal(with(name + "Content-Transfer-Encoding: " + coding + "\r\n")).empty());
  for (const auto& headers :
       {std::string(""),
        std::string("Content-Type: text/plain\r\n"),
        std::string("Content-Disposition: form-data\r\n"),
        std::string("Content-Disposition: form-data; name=\"\"\r\n"),
        std::string("Content-Disposition: attachment; name=\"a\"\r\n"),
        std::string("Content-Disposition: form-data; name=\"a\r\n"),
        std::string("Content-Disposition: form-data; name=\"a\" b\r\n"),
        std::string("Content-Disposition: form-data; name=\"a\"; name=\"b\"\r\n"),
        std::string("Content-Disposition: form-data; name=\"a\"; filename=b; filename=c\r\n"),
        std::string("Content-Disposition: form-data; name=\"a\x01\"\r\n"),
        std::string("Content-Disposition: form-data; name=\"\xff\"\r\n"),
        name + name,
        name + "Content-Type: a/b\r\nContent-Type: a/b\r\n",
        name + "Content-Type: a\x01\r\n",
        name + "Content-Transfer-Encoding: base64\r\n",
        name + "Content-Transfer-Encoding: quoted-printable\r\n",
        name + "Content-Transfer-Encoding: binary\r\nContent-Transfer-Encoding: binary\r\n",
        name + " folded\r\n",
        name + "no colon\r\n",
        name + ": empty\r\n",
        name + "X : y\r\n",
        name + "X: y\n",
        name + "X: y\rz\r\n",
        name + "--XyZ: y\r\n"}) {
    INFO(headers);
    CHECK_FALSE(refusal(with(headers)).empty());
  }
}

TEST_CASE("only a line that begins with the boundary ends a part") {
  for (const std::string content :
       {"", "\r\n", "\r\n\r\n", "x--XyZ--", "\n--XyZ\n", "\r--XyZ\r", "\r\n-XyZ", "\r\n--Xy",
        "\r\n--xyz--", "\r\n --XyZ--", "\r\r\n--Xy\r\n", "--", "\r"}) {
    INFO(content);
    const auto form = MultipartForm::parse(form_request(part("a", content) + end));
    CHECK(form.text("a") == content);
  }
  CHECK_FALSE(refusal(part("a", "\r\n--XyZa") + end).empty());
  CHECK_FALSE(refusal(part("a", "\r\n--XyZ-") + end).empty());
  // A part may have no content at all.
  const auto empty = "--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\n" + end;
  CHECK(MultipartForm::parse(form_request(empty)).text("a") == "");
  CHECK(MultipartForm::parse(form_request(end)).parts().empty());
}

TEST_CASE("white space after a boundary and text around the form are accepted up to a limit") {
  const auto form = [](const std::string& before, const std::string& padding,
                       const std::string& after) {
    return before + "--XyZ" + padding + "\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" +
           "--XyZ--" + padding + "\r\n" + after;
  };
  for (const auto& body :
       {form("", " \t ", ""), form("preamble\r\n", "", "epilogue"), form("\r\n", "", "\r\n--XyZ"),
        form(std::string(4000, 'p') + "\r\n", "", std::string(4096, 'e'))}) {
    CHECK(MultipartForm::parse(form_request(body)).text("a") == "1");
  }
  for (const auto& body :
       {form("preamble", "", ""), form("preamble\n", "", ""),
        form(std::string(5000, 'p') + "\r\n", "", ""), form("", "", std::string(4097, 'e')),
        form("", std::string(65, ' '), ""), form("", "x", ""),
        std::string("--XyZ\nContent-Disposition: form-data; name=a\n\n1\n--XyZ--\n")}) {
    CHECK_FALSE(refusal(body).empty());
  }
}

TEST_CASE("a text field is UTF-8 without U+0000 and has a limit") {
  const auto text = [](const std::string& content) {
    const auto form = MultipartForm::parse(form_request(part("text", content) + end));
    try {
      return *form.text("text");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::invalid_argument);
      REQUIRE(error.fields().size() == 1);
      CHECK(error.fields().front().pointer == "/text");
      return "refused: " + std::string(error.what());
    }
  };
  CHECK(text(std::string(64 * 1024, 'x')).size() == 64 * 1024);
  CHECK(text(std::string(64 * 1024 + 1, 'x')) == "refused: text cannot have more than 65536 bytes");
  CHECK(text("\xc3") == "refused: text must be UTF-8");
  CHECK(text(std::string("a\0b", 3)) == "refused: text cannot have U+0000");
}

TEST_CASE("a name that is asked for comes once, and a file has a limit") {
  const auto form = MultipartForm::parse(
      form_request(part("a", "1") + part("b", "22") + part("a", "3") + end), {.max_file = 1});
  CHECK_THROWS_AS(form.text("a"), Error);
  CHECK_THROWS_AS(form.file("a"), Error);
  CHECK(form.text("b") == "22");
  try {
    form.file("b");
    FAIL_CHECK("it is accepted");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::too_large);
  }
}

TEST_CASE("a form is the same wherever the borders of the read buffer cut it") {
  constexpr std::size_t margin = 300;  // longer than all between two contents
  for (auto size = BodyCursor::capacity - margin; size <= BodyCursor::capacity + 4; ++size) {
    const std::string filling(size, '\r');
    const auto body = part("filling", filling) + file_part("filename=\"f\"", "bytes") +
                      part("after", "\r\n--XyY") + end;
    const auto form = MultipartForm::parse(form_request(body));
    if (form.parts().size() != 3) FAIL("parts at " << size);
    const bool is_same = form.file("filling")->content.size == size &&
                         content_of(*form.file("image")) == "bytes" &&
                         form.text("after") == "\r\n--XyY";
    if (!is_same) FAIL_CHECK("another form at " << size);
  }
}

TEST_CASE("a form with changed bytes is parsed or refused, and its parts lie within the body") {
  const auto whole = part("text", "hello") + file_part("filename=\"a\\\"b.png\"", "\r\n--Xy\x89") +
                     part("c", "", "Content-Type: text/plain\r\n") + end;
  std::mt19937 random(17);
  const auto below = [&](std::size_t bound) { return random() % bound; };
  int accepted = 0;
  for (int i = 0; i < 2000; ++i) {
    auto body = whole;
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
      const auto at = below(body.size()), size = below(20);
      if (const auto kind = below(3); kind == 0)
        body[at] = static_cast<char>(below(256));
      else if (kind == 1)
        body.erase(at, size);
      else
        body.insert(below(body.size()), body.substr(at, size));
      if (body.empty()) body = "-";
    }
    try {
      const auto form = MultipartForm::parse(form_request(body));
      check_parts(form, body.size());
      ++accepted;
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::invalid_argument);
    }
  }
  CHECK(accepted > 20);  // else the changes are too many to test more than the first check
}

TEST_CASE("a large form is parsed with constant memory") {
  const std::string megabyte(1 << 20, 'x');
  constexpr int megabytes = 64;
  SpooledRequest spooled("--XyZ\r\nContent-Disposition: form-data; name=image\r\n\r\n");
  for (int i = 0; i < megabytes; ++i)
    std::fwrite(megabyte.data(), 1, megabyte.size(), spooled.file.get());
  std::fputs("\r\n--XyZ--", spooled.file.get());
  std::fflush(spooled.file.get());
  const auto before = support::resident_bytes();
  const auto form = MultipartForm::parse(spooled.request);
  CHECK(form.file("image")->content.size == megabytes * megabyte.size());
  CHECK(support::resident_bytes() - before < 16 << 20);
}
