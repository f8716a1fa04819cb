#include "catalog/password.h"

#include <algorithm>

#include "base/crypto.h"

namespace breakwater::catalog {

std::optional<NativeHash> hash_password(const Secret& password) {
  if (password.empty()) return std::nullopt;
  auto once = crypto::sha1(password.reveal_bytes());
  const auto twice = crypto::sha1(once);
  wipe(once.data(), once.size());
  return twice;
}

Result<std::optional<NativeHash>> import_hash(const Secret& text) {
  if (text.empty()) return std::nullopt;
  NativeHash hash{};
  const std::string_view digits = text.reveal().substr(1);
  if (text.reveal().front() != '*' || digits.size() != 2 * hash.size()) return fail(error::password_format());
  const auto bytes = crypto::from_hex(digits);
  if (!bytes) return fail(error::password_format());
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

std::string export_hash(const std::optional<NativeHash>& hash) {
  return hash ? "*" + crypto::to_hex(*hash, true) : std::string();
}

}  // namespace breakwater::catalog
