// XML as S3 servers send it, and as they do not.
#include "blob/xml.hpp"

#include "base/error.hpp"
#include "blob/s3_listing.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::blob;

namespace {

// Of a bucket with such a content.
std::string listing(const std::string& inner) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>" +
         inner + "</ListBucketResult>";
}

std::string contents(const std::string& key, const std::string& size = "3",
                     const std::string& time = "2024-02-29T12:00:00.000Z") {
  return "<Contents><Key>" + key + "</Key><LastModified>" + time +
         "</LastModified><ETag>&quot;e&quot;</ETag><Size>" + size + "</Size></Contents>";
}

}  // namespace

TEST_CASE("elements, their texts and what is around them are read") {
  const auto root = parse_xml(
      "\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a > b -->\n<s3:Error xmlns:s3=\"x>y\" a='\"'>\n"
      "  <Code>A&amp;B &lt;&gt;&quot;&apos; &#38;&#x20AC;</Code><!-- x --><Empty/><Empty2 a=\"/\">"
      "</Empty2><Raw><![CDATA[<a>&amp;]]></Raw>\n</s3:Error>\n<!-- end -->\n");
  CHECK(root.name == "Error");
  CHECK(root.children.size() == 4);
  CHECK(root.text_of("Code") == "A&B <>\"' &\xe2\x82\xac");
  CHECK(root.text_of("Empty") == "");
  CHECK(root.text_of("Raw") == "<a>&amp;");
  CHECK(root.find("Nothing") == nullptr);
}

TEST_CASE("what is no XML, truncated or too large is refused") {
  const std::string good = "<a><b>x&amp;y</b><c d='e'/></a>";
  for (std::size_t size = 0; size < good.size(); ++size) {
    INFO(size);
    CHECK_THROWS_AS(parse_xml(good.substr(0, size)), XmlError);
  }
  std::string deep, wide = "<a>";
  for (int i = 0; i < 17; ++i) deep += "<a>";
  for (int i = 0; i < 17; ++i) deep += "</a>";
  for (int i = 0; i < 100'000; ++i) wide += "<b/>";
  for (const std::string& text : std::vector<std::string>{
           "plain", "<a></b>", "<a/><b/>", "<a/>x", "< a/>", "<></>", "<a>&b;</a>", "<a>&#0;</a>",
           "<a>&#xd800;</a>", "<a>&#x110000;</a>", "<a>&#99999999999;</a>", "<a>&#x;</a>",
           "<a>& </a>", "<a <b/></a>", "<!DOCTYPE a><a/>",
           "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", deep, wide + "</a>"}) {
    INFO(text.substr(0, 100));
    CHECK_THROWS_AS(parse_xml(text), XmlError);
  }
}

TEST_CASE("a list has keys, sizes, times and its continuation") {
  const auto page = parse_listing(
      listing("<IsTruncated>true</IsTruncated>" + contents("a/b.webp", "12") + contents("c")));
  REQUIRE(page.objects.size() == 2);
  CHECK(page.objects[0].key == "a/b.webp");
  CHECK(page.objects[0].size == 12);
  CHECK(rfc3339(page.objects[0].modified_at) == "2024-02-29T12:00:00Z");
  CHECK(page.next == "c");
  CHECK_FALSE(parse_listing(listing("<IsTruncated>false</IsTruncated>" + contents("c"))).next);
  CHECK(parse_listing(listing("")).objects.empty());
}

TEST_CASE("keys that are not ours are left out of a list, and it goes on after them") {
  const auto page = parse_listing(
      listing("<IsTruncated>true</IsTruncated>" + contents("a") + contents("x y&amp;z")));
  CHECK(page.objects.size() == 1);
  CHECK(page.next == "x y&z");
}

TEST_CASE("a list that cannot be is an error") {
  for (const std::string& text : std::vector<std::string>{
           "", "<html></html>", listing("") + "x", listing("<IsTruncated>true</IsTruncated>"),
           listing(contents("a", "-1")), listing(contents("a", "")),
           listing(contents("a", "99999999999999999999999")), listing(contents("a", "1", "today")),
           listing(contents("a", "1", ""))}) {
    INFO(text);
    CHECK_THROWS_AS(parse_listing(text), Error);
  }
}
