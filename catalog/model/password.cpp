#include "catalog/model/password.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/password_hash.h"

namespace breakwater::catalog {
namespace {

Result<NativeHash> import_native(std::string_view text) {
  NativeHash hash{};
  const std::string_view digits = text.substr(1);
  if (text.front() != '*' || digits.size() != 2 * hash.size()) return fail(error::password_format());
  const auto bytes = crypto::from_hex(digits);
  if (!bytes) return fail(error::password_format());
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

}  // namespace

Credential hash_password(const Secret& password, const Entropy& entropy) {
  if (password.empty()) return {};
  return {.native_hash = crypto::native_hash(password), .sha2_hash = crypto::sha2_hash(password, entropy)};
}

Result<Credential> import_hash(const Secret& text) {
  if (text.empty()) return Credential{};
  if (crypto::is_sha2_hash(text.reveal())) {
    return Credential{.native_hash = {}, .sha2_hash = std::string(text.reveal())};
  }
  BW_TRY(const NativeHash hash, import_native(text.reveal()));
  return Credential{.native_hash = hash, .sha2_hash = {}};
}

std::string export_hash(const std::optional<NativeHash>& hash) {
  return hash ? "*" + crypto::to_hex(*hash, true) : std::string();
}

bool is_password(const Credential& credential, const Secret& password) {
  if (credential.native_hash) return crypto::equal(*credential.native_hash, crypto::native_hash(password));
  if (credential.sha2_hash) return crypto::matches_sha2(password, *credential.sha2_hash);
  return password.empty();
}

bool share_a_hash(const Credential& one, const Credential& other) {
  const bool one_empty = !one.native_hash && !one.sha2_hash;
  const bool other_empty = !other.native_hash && !other.sha2_hash;
  if (one_empty || other_empty) return one_empty && other_empty;
  const bool native = one.native_hash && one.native_hash == other.native_hash;
  return native || (one.sha2_hash && one.sha2_hash == other.sha2_hash);
}

bool has_expired(const Account& account, std::int64_t default_lifetime, Timestamp now) {
  constexpr std::int64_t kDay = 86'400'000'000;
  if (account.policy.expired) return true;
  const std::int64_t days = account.policy.lifetime.value_or(default_lifetime);
  return days > 0 && now - account.password_time >= days * kDay;
}

std::string_view tls_name(TlsNeed need) {
  switch (need) {
    case TlsNeed::ssl:
      return "SSL";
    case TlsNeed::x509:
      return "X509";
    case TlsNeed::none:
      break;
  }
  return "";
}

TlsNeed tls_by_name(std::string_view name) {
  if (name == tls_name(TlsNeed::ssl)) return TlsNeed::ssl;
  return name == tls_name(TlsNeed::x509) ? TlsNeed::x509 : TlsNeed::none;
}

}  // namespace breakwater::catalog
