// Secret<T>: the compiler refuses every way out except reveal().
#include "base/secret.hpp"

#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "support/catch.hpp"

using namespace feedctl;

namespace {

using Text = Secret<std::string>;

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept Addable = requires(std::string text, const T& value) {
  text + value;
};
template <typename T>
concept Appendable = requires(std::string text, const T& value) {
  text += value;
};
template <typename T>
concept Comparable = requires(const T& one, const T& other) {
  one == other;
};
template <typename T>
concept PrintableAsNumber = requires(const T& value) {
  std::to_string(value);
};
template <typename T>
concept WritableAsJson = requires(json::Writer& writer, const T& value) {
  writer.text("name", value);
};
template <typename T>
concept Loggable = std::is_constructible_v<log::Field, std::string_view, const T&> ||
    std::is_constructible_v<log::Field, std::string_view, T>;
template <typename T>
concept Throwable = std::is_constructible_v<Error, ErrorCode, const T&> ||
    std::is_constructible_v<Error, ErrorCode, T>;

template <typename T>
constexpr bool has_a_way_out = Streamable<T> || Addable<T> || Appendable<T> || Loggable<T> ||
                               Throwable<T> || WritableAsJson<T>;

// The concepts see what they are meant to see.
static_assert(Streamable<std::string> && Addable<std::string> && Appendable<std::string>);
static_assert(Loggable<std::string> && Throwable<std::string> && WritableAsJson<std::string>);
static_assert(Comparable<std::string> && PrintableAsNumber<int> && Loggable<int>);

static_assert(!has_a_way_out<Text>);
static_assert(!has_a_way_out<Secret<std::string_view>>);
static_assert(!has_a_way_out<Secret<const char*>>);
static_assert(!has_a_way_out<Secret<std::vector<unsigned char>>>);
static_assert(!has_a_way_out<Secret<int>> && !PrintableAsNumber<Secret<int>>);
static_assert(!has_a_way_out<const Text> && !has_a_way_out<Text&>);

// Comparing takes time that depends on the value, and a test's failure would print both sides.
static_assert(!Comparable<Text>);

static_assert(!std::is_convertible_v<Text, std::string>);
static_assert(!std::is_convertible_v<Text, std::string_view>);
static_assert(!std::is_convertible_v<Text, bool>);
static_assert(!std::is_constructible_v<std::string, Text>);
static_assert(!std::is_constructible_v<std::string_view, Text>);
// Whoever makes one says so.
static_assert(!std::is_convertible_v<std::string, Text>);

}  // namespace

TEST_CASE("a secret reveals what it was given, and says whether it is empty") {
  CHECK(Text("hush").reveal() == "hush");
  CHECK_FALSE(Text("hush").empty());
  CHECK(Text().empty());
}
