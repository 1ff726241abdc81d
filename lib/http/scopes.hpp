#pragma once
// The scopes of an access token: what its holder may do in its user's name. Plain values.
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::http {

// `automatic` is for routes only; see Route::scope.
enum class Scope : std::uint8_t { read, write, admin, automatic };
std::string_view to_string(Scope scope);

// A set of scopes.
class Scopes {
 public:
  constexpr Scopes() = default;
  constexpr Scopes(std::initializer_list<Scope> scopes) {
    for (const auto scope : scopes) add(scope);
  }
  static constexpr Scopes all() { return {Scope::read, Scope::write, Scope::admin}; }

  constexpr bool has(Scope scope) const { return (bits_ & bit(scope)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr Scopes& add(Scope scope) {
    bits_ = static_cast<std::uint8_t>(bits_ | bit(scope));
    return *this;
  }
  constexpr Scopes& remove(Scope scope) {
    bits_ = static_cast<std::uint8_t>(bits_ & ~bit(scope));
    return *this;
  }
  // Those that are in `other`, too.
  constexpr Scopes in_common(Scopes other) const {
    other.bits_ = static_cast<std::uint8_t>(other.bits_ & bits_);
    return other;
  }
  friend constexpr bool operator==(Scopes, Scopes) = default;

 private:
  static constexpr unsigned bit(Scope scope) { return 1U << static_cast<unsigned>(scope); }
  std::uint8_t bits_ = 0;
};

// One of "read", "write", "admin"; nullopt: no scope.
std::optional<Scope> parse_scope(std::string_view name);
// A list as tokens have it: "read write". nullopt for an empty list, an unknown or a repeated name,
// or other separators than one space.
std::optional<Scopes> parse_scopes(std::string_view list);
// The same list, in the order read, write, admin.
std::string to_string(Scopes scopes);
// The names, for a text[] in the database.
std::vector<std::string> names_of(Scopes scopes);

}  // namespace feedctl::http
