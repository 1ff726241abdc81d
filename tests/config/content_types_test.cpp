// Content types that the configuration declares.
#include "base/error.hpp"
#include "config/content_type_options.hpp"
#include "config/load.hpp"
#include "config/oidc_options.hpp"
#include "config/option_values.hpp"
#include "config/reference.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::config;

namespace {

LoadedConfig load_yaml(const std::string& yaml, Environment environment = {},
                       std::vector<FlagValue> flags = {}) {
  const support::TempFolder folder;
  Sources sources;
  sources.file = folder.write("f.yaml", yaml).string();
  sources.environment = std::move(environment);
  sources.flags = std::move(flags);
  return load(sources);
}

// The mistakes, one a line, without the file's name.
std::string mistakes(const std::string& yaml) {
  std::string text;
  try {
    load_yaml(yaml);
  } catch (const Error& error) {
    for (const auto& field : error.fields())
      text += field.pointer.substr(field.pointer.find(':') + 1) + " " + field.detail + "\n";
  }
  return text;
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

// "video: file_url url, subtitles_url url?; .."
std::string types_of(const Config& config) {
  std::string text;
  for (const auto& type : config.content_types.types) {
    text += (text.empty() ? "" : "; ") + type.name + ":";
    for (const auto& member : type.members) text += " " + member.name + " " + member.kind;
  }
  return text;
}

}  // namespace

TEST_CASE("video and audio are there by themselves") {
  CHECK(types_of(load_yaml("{}\n").config) ==
        "video: file_url url subtitles_url url?; audio: text text");
  CHECK(types_of(load_yaml("content_types: {}\n").config) == types_of(Config{}));
}

TEST_CASE("a declared type stands beside them, with a label of its own or one from its name") {
  const auto config = load_yaml(
                          "content_types:\n"
                          "  quiz:\n"
                          "    question: text\n"
                          "    picture: url?\n"
                          "  link: {label: web.link, target: url}\n")
                          .config;
  CHECK(types_of(config) ==
        "video: file_url url subtitles_url url?; audio: text text; quiz: question text picture "
        "url?; link: target url");
  CHECK(label_of(*config.content_types.find("quiz")) == "pages.quizcontent");
  CHECK(label_of(*config.content_types.find("link")) == "web.link");
  CHECK(config.content_types.find("poem") == nullptr);
}

TEST_CASE("declaring a default type again replaces its members") {
  CHECK(types_of(load_yaml("content_types: {audio: {file_url: url}}\n").config) ==
        "video: file_url url subtitles_url url?; audio: file_url url");
}

TEST_CASE("a member may be declared by a flag or changed by the environment") {
  const auto loaded = load_yaml("content_types: {quiz: {question: text}}\n",
                                {{"FEEDCTL_CONTENT_TYPES_QUIZ_QUESTION", "text?"}},
                                {{"--set", "content_types.poem.text", "text"}});
  CHECK(has(types_of(loaded.config), "quiz: question text?; poem: text text"));
}

TEST_CASE("names, kinds and labels that cannot be are refused where they stand") {
  const auto in_quiz = [](const std::string& member) {
    return mistakes("content_types:\n  quiz:\n    " + member + "\n");
  };
  CHECK(has(in_quiz("a: number"), "3:8 content_types.quiz.a expects url or text"));
  CHECK(has(in_quiz("a:"), "expects url or text"));
  CHECK(has(in_quiz("a: [url]"), "takes one value, not a list"));
  CHECK(has(in_quiz("A: url"), "a member's name has 1 to 32"));
  CHECK(has(in_quiz("9a: url"), "a member's name has 1 to 32"));
  CHECK(has(in_quiz(std::string(33, 'a') + ": url"), "a member's name has 1 to 32"));
  CHECK(has(in_quiz("label: quiz"), "expects a label such as pages.videocontent"));
  CHECK(has(in_quiz("label: 'a:b.c'"), "expects a label"));
  for (const std::string name : {"id", "type", "title", "counter", "value", "version", "created_at",
                                 "updated_at", "pages", "link_id"}) {
    INFO(name);
    CHECK(has(in_quiz(name + ": text"),
              "3:5 content_types.quiz." + name + " cannot be declared: every content has"));
  }
  CHECK(has(mistakes("content_types: {Quiz: {a: url}}\n"), "a content type's name has 1 to 32"));
  CHECK(has(mistakes("content_types: {quiz: url}\n"), "put its members below it"));
  CHECK(has(mistakes("content_types: x\n"), "content_types is a section"));
  CHECK(has(mistakes("content_types: {quiz: {}}\n"), "content_types.quiz has no members"));
  CHECK(has(mistakes("content_types:\n  quiz:\n"), "content_types.quiz has no members"));
  CHECK(has(mistakes("content_types: {quiz: {a: {b: url}}}\n"), "nested too deeply"));
}

TEST_CASE("labels are of one type each, and none that fixtures use for pages") {
  CHECK(has(mistakes("content_types: {quiz: {label: pages.videocontent, a: url}}\n"),
            "has the label pages.videocontent of video"));
  CHECK(has(mistakes("content_types: {page: {a: url}}\n"), "which fixtures use for pages"));
  CHECK(mistakes("content_types: {page: {label: pages.sheet, a: url}}\n").empty());
}

TEST_CASE("there are at most 32 types with 32 members each") {
  const auto types = [](int count) {
    std::string yaml = "content_types:\n";
    for (int i = 0; i < count; ++i) yaml += "  t" + std::to_string(i) + ": {a: url}\n";
    return mistakes(yaml);
  };
  CHECK(types(30).empty());
  CHECK(has(types(31), "content_types has more than 32 types"));
  const auto members = [](int count) {
    std::string yaml = "content_types:\n  quiz:\n";
    for (int i = 0; i < count; ++i) yaml += "    m" + std::to_string(i) + ": url\n";
    return mistakes(yaml);
  };
  CHECK(members(32).empty());
  CHECK(has(members(33), "content_types.quiz has more than 32 members"));
}

TEST_CASE("a question mark within braces gets a hint, since the YAML reader takes none there") {
  CHECK(has(mistakes("content_types: {quiz: {a: url?}}\n"), "put a value with a ? in quotes"));
  CHECK(mistakes("content_types: {quiz: {a: \"url?\"}}\n").empty());
}

TEST_CASE("labels of allowed models that no type has are warned of and kept from failing") {
  const auto loaded = load_yaml("{}\n", {{"PAGES_ALLOWED_CONTENT_MODELS",
                                          "pages.videocontent,pages.videocontnt,blog.entry"}});
  CHECK(loaded.config.pages.allowed_content_models.size() == 3);
  REQUIRE(loaded.warnings.size() == 2);
  CHECK(has(loaded.warnings[0], "PAGES_ALLOWED_CONTENT_MODELS: "));
  CHECK(has(loaded.warnings[0], "did you mean pages.videocontent?"));
  CHECK(has(loaded.warnings[1], "blog.entry, which is no content type: it is ignored"));
}

TEST_CASE("the keys of content types are shown like other keys") {
  const auto loaded = load_yaml("content_types: {quiz: {question: text}}\n");
  std::string shown;
  for (const auto& option : options_of(loaded.config)) {
    if (section_of(option.key) == "content_types")
      shown += option.key + "=" + render(option, loaded.config) + " ";
  }
  CHECK(shown ==
        "content_types.video.label= content_types.video.file_url=url "
        "content_types.video.subtitles_url=url? content_types.audio.label= "
        "content_types.audio.text=text content_types.quiz.label= "
        "content_types.quiz.question=text ");
  CHECK(example_yaml().find("\n  # audio:\n  #   text: text\n") != std::string::npos);
  CHECK(reference_markdown().find("| `content_types.NAME.MEMBER` |") != std::string::npos);
}
