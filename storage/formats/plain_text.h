// Text from a user on its way into another protocol: a header, a request's target, a path. What would end a
// line there, or can't be seen, is refused where it enters and once more where it is written.
//
// All functions are pure; any thread may call them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace breakwater::storage {

/// A character that a text may not hold, and where.
struct StrayCharacter {
  char32_t code = 0;
  std::size_t position = 0;  ///< the first character is 1

  std::string name() const;  ///< "U+000D"
};

/// The first of U+0000 to U+001F and U+007F to U+009F. Bytes that are no UTF-8 count as characters of their
/// own number.
std::optional<StrayCharacter> find_control(std::string_view text);

/// The first blank: U+0020 and Unicode's other spaces and line separators.
std::optional<StrayCharacter> find_blank(std::string_view text);

/// invalid_backup_dest (9026) if `text` holds a control character; the hint says which, where, and that it is
/// in `part` ("access_id"). Nothing of the text is repeated.
Result<> refuse_control(std::string_view part, std::string_view text);

/// The same for blanks.
Result<> refuse_blank(std::string_view part, std::string_view text);

/// `text` for a message: '?' in place of each control character.
std::string without_control(std::string_view text);

}  // namespace breakwater::storage
