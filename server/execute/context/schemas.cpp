#include "server/execute/context/schemas.h"

#include "base/text.h"

namespace breakwater::server::execute {

std::optional<std::string> find_schema(const catalog::Dictionary& dictionary,
                                       catalog::CompatibilityMode login_mode, std::string_view user,
                                       std::string_view name) {
  const bool oracle = login_mode == catalog::CompatibilityMode::oracle;
  if (oracle && iequals(name, user)) return std::string(user);
  if (!dictionary.has_schema(name, oracle ? catalog::Visibility::oracle : catalog::Visibility::mysql))
    return std::nullopt;
  return oracle && iequals(name, "SYS") ? ascii_upper(name) : ascii_lower(name);
}

}  // namespace breakwater::server::execute
