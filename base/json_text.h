// The text of a JSON object, member by member, for what must be able to fail for want of memory and go on: nlohmann::json's
// objects and arrays take memory in their destructor, which ends the process where there is none. Its scalars, which this
// is made of, don't. Pure.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace breakwater {

class JsonObject {
 public:
  /// Bytes that are no UTF-8 become U+FFFD. Names are as they are given, and no name comes twice.
  void add(std::string_view name, std::string_view text);
  void add(std::string_view name, const char* text) { add(name, std::string_view(text)); }
  void add(std::string_view name, std::integral auto number) {
    if constexpr (std::same_as<decltype(number), bool>) {
      add_json(name, number ? "true" : "false");
    } else {
      add_json(name, std::to_string(number));
    }
  }
  /// `json`: the text of a value.
  void add_json(std::string_view name, std::string_view json);

  /// "a":1,"b":"x"
  const std::string& members() const { return members_; }
  std::string text() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

/// Whether a text of somebody else's is JSON, nested at most `depth` deep and with at most `values` in it, objects and arrays among
/// them. Nothing of it is kept: what isn't so is better not built, since that may take the stack, or time by the square of its length.
bool is_json_within(std::string_view text, std::size_t depth, std::size_t values);

}  // namespace breakwater
