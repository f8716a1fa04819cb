#include "server/auth/user_name.h"

#include <algorithm>

#include "base/limits.h"

namespace breakwater::auth {
namespace {

constexpr std::size_t kMaxTenantInLogin = 64;

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Cuts `text` at the first `separator`: returns the part before it; the part after it stays in `text`.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view front = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return front;
}

/// cluster[:cluster_id]
void set_cluster(UserName& name, std::string_view text) {
  const std::size_t at = text.rfind(':');
  const bool has_id = at != std::string_view::npos && all_digits(text.substr(at + 1));
  name.cluster = text.substr(0, has_id ? at : text.size());
  if (has_id) name.cluster_id = text.substr(at + 1);
}

void set_user(UserName& name, std::string_view text) {
  name.quoted = text.size() >= 2 && text.front() == '\'' && text.back() == '\'';
  name.user = name.quoted ? text.substr(1, text.size() - 2) : text;
}

/// cluster SEP tenant SEP user[:cluster_id]
UserName parse_proxy_form(std::string_view text, char separator) {
  UserName name;
  name.cluster = cut(text, separator);
  name.tenant = cut(text, separator);
  const std::size_t at = text.rfind(':');
  if (at != std::string_view::npos && all_digits(text.substr(at + 1))) {
    name.cluster_id = text.substr(at + 1);
    text = text.substr(0, at);
  }
  set_user(name, text);
  return name;
}

/// user[@tenant][#cluster[:cluster_id]]
UserName parse_at_form(std::string_view text) {
  UserName name;
  // A quoted user may contain separators: it ends with its quote.
  const std::size_t quote = text.starts_with('\'') ? text.find('\'', 1) : std::string_view::npos;
  const std::size_t from = quote == std::string_view::npos ? 0 : quote;
  const std::size_t at = text.find('@', from);
  const std::size_t hash = text.find('#', at == std::string_view::npos ? from : at);
  if (hash != std::string_view::npos) set_cluster(name, text.substr(hash + 1));
  text = text.substr(0, hash);
  if (at != std::string_view::npos) name.tenant = text.substr(at + 1);
  set_user(name, text.substr(0, at));
  return name;
}

UserName parse_form(std::string_view text) {
  if (text.find_first_of("@#'") == std::string_view::npos) {
    for (const char separator : {':', ';', '-', '.'}) {
      if (std::ranges::count(text, separator) >= 2) return parse_proxy_form(text, separator);
    }
  }
  return parse_at_form(text);
}

}  // namespace

std::optional<UserName> parse_user_name(std::string_view text) {
  UserName name = parse_form(text);
  const bool fits = !name.tenant.empty() && name.tenant.size() <= kMaxTenantInLogin &&
                    name.user.size() <= limits::kMaxUserName;
  if (!fits) return std::nullopt;
  return name;
}

}  // namespace breakwater::auth
