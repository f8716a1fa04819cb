// Checks text from a user that goes into another protocol: a header, a request's target, a path. Characters
// that would end a line there or can't be seen are refused when the text is read and once more when it is
// written.
//
// All functions are pure; any thread may call them.
#pragma once

#include <cstddef>
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

/// The first character of U+0000 to U+001F and U+007F to U+009F. A byte that is no UTF-8 counts as the
/// character of that number.
std::optional<StrayCharacter> find_control(std::string_view text);

/// The first blank: U+0020 and Unicode's other spaces and line separators.
std::optional<StrayCharacter> find_blank(std::string_view text);

/// invalid_backup_dest (9026) if `text` has a control character. The hint names the character, its position
/// and the `part` ("access_id"), and repeats nothing of the text.
Result<> refuse_control(std::string_view part, std::string_view text);

/// The same for blanks.
Result<> refuse_blank(std::string_view part, std::string_view text);

/// `text` for a message, as UTF-8: '?' replaces each control character, each character that changes the order in
/// which a line is shown or ends it (U+2028, U+202E ...), and each byte that is no UTF-8.
std::string without_control(std::string_view text);

}  // namespace breakwater::storage
