#include "imports/html_text.hpp"

#include "base/utf8.hpp"
#include "imports/character_reference.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::imports;

TEST_CASE("paragraphs, line breaks and blocks become lines") {
  CHECK(html_to_text("<p>one</p><p>two<br>three<br />four</p>") == "one\n\ntwo\nthree\nfour");
  CHECK(html_to_text("<div>a</div><ul><li>b</li><li>c</li></ul>") == "a\nb\nc");
  CHECK(html_to_text("a<br><br>b") == "a\n\nb");
  CHECK(html_to_text("<p></p><p> </p>").empty());
  CHECK(html_to_text("plain").size() == 5);
}

TEST_CASE("white space collapses, except in pre") {
  CHECK(html_to_text("<p>  a \n b  </p>\n  <p>c</p>") == "a b\n\nc");
  CHECK(html_to_text("a <b> b </b> c") == "a b c");
  CHECK(html_to_text("<pre>a\n  b</pre>") == "a\n  b");
}

TEST_CASE("a shortened link gives its whole address") {
  CHECK(html_to_text("<p>see <a href=\"https://e.org/long\" rel=\"me\"><span class=\"invisible\">"
                     "https://</span><span class=\"ellipsis\">e.org/lo</span>"
                     "<span class=\"invisible\">ng</span></a>!</p>") == "see https://e.org/long!");
  CHECK(
      html_to_text("<span class=\"h-card\"><a href=\"x\" class=\"u-url mention\">@<span>ana</span>"
                   "</a></span> hi") == "@ana hi");
  CHECK(html_to_text("<a title=\"a > b\">c</a>") == "c");
}

TEST_CASE("scripts, styles and comments are dropped") {
  CHECK(html_to_text("a<script>if (1</2) x('</p>')</script>b") == "ab");
  CHECK(html_to_text("a<STYLE>p{}</STYLE >b<!-- <p>c</p> -->d<!doctype html>e") == "abde");
  CHECK(html_to_text("a<script>never ends") == "a");
  CHECK(html_to_text("a<!-- never ends") == "a");
}

TEST_CASE("character references are decoded once") {
  CHECK(html_to_text("&lt;b&gt; &amp;amp; &quot;&#39;&#x27;&hellip;") ==
        "<b> &amp; \"''\xe2\x80\xa6");
  CHECK(html_to_text("&#128512;") == "\xf0\x9f\x98\x80");
  CHECK(html_to_text("&#0;&#xd800;&#9999999999;") ==
        "\xef\xbf\xbd"
        "\xef\xbf\xbd"
        "&#9999999999;");
  CHECK(html_to_text("&#x110000;") == "\xef\xbf\xbd");
  for (const char* text : {"&", "&;", "&x;", "&#;", "&#x;", "&#1a;", "AT&T", "a & b", "&amp"}) {
    CHECK(html_to_text(text) == text);
  }
}

TEST_CASE("what is no tag is text") {
  for (const char* text : {"1 < 2", "a <3 b", "<", "</", "< p>", "a > b"})
    CHECK(html_to_text(text) == text);
  CHECK(html_to_text("a<p").size() == 1);
}

TEST_CASE("every cut of a fragment gives UTF-8 that holds no more than the whole") {
  const std::string html =
      "<p>\xc3\xa9 &amp; <a href='x'>\xf0\x9f\x98\x80</a><br/>&#x1F600;</p><!-- c --><pre> "
      "x\n</pre>";
  for (std::size_t size = 0; size <= html.size(); ++size) {
    const auto text = html_to_text(utf8_prefix(html, size));
    CHECK(utf8_length(text).has_value());
    CHECK(text.size() <= html.size());
  }
}
