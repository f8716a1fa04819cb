// The layout and its cryptography; docs/key-file.md describes both.
#include "storage/formats/key_file.h"

#include <algorithm>
#include <array>
#include <bit>

namespace breakwater::storage {
namespace {

constexpr std::string_view kMagic = "BWKEYBAK";
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kSealOverhead = crypto::kNonceSize + crypto::kTagSize;
constexpr std::size_t kWrappedSize = crypto::kKeySize + kSealOverhead;
constexpr std::size_t kProtectionSize = 2 + 8 + 4 + 4 + kSaltSize;
constexpr std::uint16_t kKdfNone = 0;
constexpr std::uint16_t kKdfScrypt = 1;
constexpr std::string_view kUnprotectedInfo = "breakwater key file without password v1";
constexpr std::string_view kFingerprintInfo = "breakwater master key fingerprint v1";

std::unexpected<Error> unreadable() {
  return fail(Error::with_text(Errc::backup_invalid_password, "wrong password or damaged file"));
}

// Whether the old file is of the same tenant and all its keys are in the new one too.
bool may_replace(const KeyFileSummary& old_file, const KeyFileSummary& new_file) {
  const bool same_tenant = old_file.cluster_id == new_file.cluster_id &&
                           old_file.cluster_name == new_file.cluster_name &&
                           old_file.tenant_id == new_file.tenant_id;
  return same_tenant && std::ranges::all_of(old_file.versions, [&](const KeyFileSummary::Version& old_key) {
           return std::ranges::find(new_file.versions, old_key.fingerprint,
                                    &KeyFileSummary::Version::fingerprint) != new_file.versions.end();
         });
}

// ---- writing ----

void put_text(Bytes& out, std::string_view text) {
  put_le(out, text.size(), 2);
  out.insert(out.end(), text.begin(), text.end());
}

void put_bytes(Bytes& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Result<std::uint64_t> key_fingerprint(const Secret& key) {
  BW_TRY(const Secret derived, crypto::derive_key(key, kFingerprintInfo));
  return *ByteReader(derived.reveal_bytes()).get_le(8);
}

Result<Bytes> identity_block(const KeyBackup& backup) {
  Bytes out;
  put_le(out, static_cast<std::uint64_t>(backup.cluster_id), 8);
  put_le(out, backup.tenant_id, 8);
  put_le(out, static_cast<std::uint64_t>(backup.created), 8);
  put_text(out, backup.cluster_name);
  put_text(out, backup.tenant_name);
  put_text(out, backup.tde_method);
  put_le(out, backup.versions.size(), 4);
  for (const MasterKey& key : backup.versions) {
    BW_TRY(const std::uint64_t fingerprint, key_fingerprint(key.key));
    put_le(out, static_cast<std::uint64_t>(key.version), 8);
    put_le(out, static_cast<std::uint64_t>(key.created), 8);
    put_le(out, fingerprint, 8);
    put_text(out, key.algorithm);
  }
  return out;
}

Bytes protection_block(bool with_password, crypto::ScryptCost cost, std::span<const std::uint8_t> salt) {
  Bytes out;
  put_le(out, with_password ? kKdfScrypt : kKdfNone, 2);
  put_le(out, with_password ? cost.n : 0, 8);
  put_le(out, with_password ? cost.r : 0, 4);
  put_le(out, with_password ? cost.p : 0, 4);
  put_bytes(out, salt);
  return out;
}

Secret content_of(const KeyBackup& backup) {
  std::size_t size = 4 + backup.external_kms_info.size() + 4;
  for (const MasterKey& key : backup.versions) size += 2 + key.key.size();
  std::string out;
  out.reserve(size);  // growing would leave copies of the secret
  put_le(out, backup.external_kms_info.size(), 4);
  out += backup.external_kms_info.reveal();
  put_le(out, backup.versions.size(), 4);
  for (const MasterKey& key : backup.versions) {
    put_le(out, key.key.size(), 2);
    out += key.key.reveal();
  }
  return Secret::take(std::move(out));
}

bool fits(const KeyBackup& backup) {
  constexpr std::size_t kMaxText = 0xFFFF;
  bool ok = backup.versions.size() <= kMaxKeyVersions && backup.cluster_name.size() <= kMaxText &&
            backup.tenant_name.size() <= kMaxText && backup.tde_method.size() <= kMaxText &&
            backup.external_kms_info.size() < kMaxKeyFile;
  for (const MasterKey& key : backup.versions)
    ok = ok && key.algorithm.size() <= kMaxText && key.key.size() <= kMaxText;
  return ok;
}

// ---- reading ----

// The parts of a key file, not verified.
struct Parts {
  KeyFileSummary summary;
  std::span<const std::uint8_t> salt;
  std::span<const std::uint8_t> identity_head;  // authenticated with the content
  std::span<const std::uint8_t> head;           // authenticated with the wrapped key
  std::span<const std::uint8_t> wrapped;
  std::span<const std::uint8_t> content;
};

// Reads fields one after the other. After the first that is missing, all later ones are empty.
class Fields {
 public:
  explicit Fields(std::span<const std::uint8_t> bytes) : reader_(bytes) {}

  std::uint64_t number(std::size_t width) { return reader_.get_le(width).value_or(0); }
  std::span<const std::uint8_t> bytes(std::size_t size) {
    return reader_.get(size).value_or(std::span<const std::uint8_t>());
  }
  std::string text() { return std::string(as_text(bytes(number(2)))); }
  std::size_t position() const { return reader_.position(); }
  std::size_t remaining() const { return reader_.remaining(); }
  bool failed() const { return reader_.failed(); }

 private:
  ByteReader reader_;
};

bool read_identity(std::span<const std::uint8_t> bytes, KeyFileSummary& summary) {
  Fields fields(bytes);
  summary.cluster_id = static_cast<std::int64_t>(fields.number(8));
  summary.tenant_id = fields.number(8);
  summary.created = static_cast<Timestamp>(fields.number(8));
  summary.cluster_name = fields.text();
  summary.tenant_name = fields.text();
  summary.tde_method = fields.text();
  const std::uint64_t count = fields.number(4);
  if (count > kMaxKeyVersions) return false;
  for (std::uint64_t i = 0; i < count && !fields.failed(); ++i) {
    KeyFileSummary::Version version;
    version.version = static_cast<std::int64_t>(fields.number(8));
    version.created = static_cast<Timestamp>(fields.number(8));
    version.fingerprint = fields.number(8);
    version.algorithm = fields.text();
    summary.versions.push_back(std::move(version));
  }
  return !fields.failed() && fields.remaining() == 0;
}

bool read_protection(Fields& fields, Parts& parts) {
  const std::uint64_t kdf = fields.number(2);
  parts.summary.is_protected = kdf == kKdfScrypt;
  parts.summary.cost = {.n = fields.number(8),
                        .r = static_cast<std::uint32_t>(fields.number(4)),
                        .p = static_cast<std::uint32_t>(fields.number(4))};
  parts.salt = fields.bytes(kSaltSize);
  return kdf == kKdfNone || (kdf == kKdfScrypt && affordable(parts.summary.cost));
}

Result<Parts> cut(std::span<const std::uint8_t> bytes) {
  Fields fields(bytes);
  Parts parts;
  if (as_text(fields.bytes(kMagic.size())) != kMagic || fields.number(2) != kVersion) return unreadable();
  const auto identity = fields.bytes(fields.number(4));
  parts.identity_head = bytes.first(fields.position());
  if (fields.failed() || !read_identity(identity, parts.summary)) return unreadable();
  if (fields.number(4) != kProtectionSize || !read_protection(fields, parts)) return unreadable();
  parts.head = bytes.first(fields.position());
  parts.wrapped = fields.bytes(kWrappedSize);
  const std::uint64_t content_size = fields.number(4);
  if (fields.failed() || content_size != fields.remaining()) return unreadable();
  parts.content = fields.bytes(content_size);
  return parts;
}

// The key that wraps the file's data key. Without a password it is derived from the salt, which suffices to
// detect damage.
Result<Secret> wrapping_key(const Secret* password, std::span<const std::uint8_t> salt,
                            crypto::ScryptCost cost) {
  if (password == nullptr) return crypto::derive_key(Secret(salt), kUnprotectedInfo);
  return crypto::scrypt(*password, salt, cost);
}

Result<Secret> open_content(const Parts& parts, const Secret* password) {
  BW_TRY(const Secret wrap, wrapping_key(password, parts.salt, parts.summary.cost));
  const auto data_key = crypto::open(wrap, parts.wrapped, parts.head);
  if (!data_key) return unreadable();
  auto content = crypto::open(*data_key, parts.content, parts.identity_head);
  if (!content) return unreadable();
  return content;
}

bool read_content(const Secret& content, const KeyFileSummary& summary, KeyBackup& backup) {
  Fields fields(content.reveal_bytes());
  backup.external_kms_info = Secret(fields.bytes(fields.number(4)));
  if (fields.number(4) != summary.versions.size()) return false;
  for (const KeyFileSummary::Version& version : summary.versions) {
    MasterKey key{
        .version = version.version, .created = version.created, .algorithm = version.algorithm, .key = {}};
    key.key = Secret(fields.bytes(fields.number(2)));
    backup.versions.push_back(std::move(key));
  }
  return !fields.failed() && fields.remaining() == 0;
}

const Secret* given(const Secret* password) {
  return password != nullptr && !password->empty() ? password : nullptr;
}

}  // namespace

bool affordable(const crypto::ScryptCost& cost) {
  const bool small = cost.n <= kMaxScryptWork && cost.r <= kMaxScryptBlocks && cost.p <= kMaxScryptParallel;
  return small && std::has_single_bit(cost.n) && cost.n > 1 && cost.r > 0 && cost.p > 0 &&
         128ULL * cost.r * cost.n <= kMaxScryptMemory && cost.n * cost.r <= kMaxScryptWork / cost.p &&
         (cost.r >= 4 || cost.n < std::uint64_t{1} << (16 * cost.r));  // RFC 7914, section 2
}

Result<Bytes> encode(const KeyBackup& backup, const Secret* password, const Entropy& entropy,
                     crypto::ScryptCost cost) {
  password = given(password);
  if (!fits(backup) || !affordable(cost)) return fail(error::size_overflow());
  BW_TRY(const Bytes identity, identity_block(backup));
  std::array<std::uint8_t, kSaltSize> salt{};
  entropy.fill(salt);
  const Secret data_key = crypto::random_secret(crypto::kKeySize, entropy);
  Bytes out(kMagic.begin(), kMagic.end());
  put_le(out, kVersion, 2);
  put_le(out, identity.size(), 4);
  put_bytes(out, identity);
  const Bytes identity_head = out;
  put_le(out, kProtectionSize, 4);
  put_bytes(out, protection_block(password != nullptr, cost, salt));
  BW_TRY(const Secret wrap, wrapping_key(password, salt, cost));
  BW_TRY(const Bytes wrapped, crypto::seal(wrap, data_key.reveal(), out, entropy));
  BW_TRY(const Bytes content, crypto::seal(data_key, content_of(backup).reveal(), identity_head, entropy));
  put_bytes(out, wrapped);
  put_le(out, content.size(), 4);
  put_bytes(out, content);
  if (out.size() > kMaxKeyFile) return fail(error::size_overflow());
  return out;
}

Result<KeyBackup> decode(std::span<const std::uint8_t> bytes, const Secret* password) {
  password = given(password);
  BW_TRY(const Parts parts, cut(bytes));
  if (parts.summary.is_protected != (password != nullptr)) return unreadable();
  BW_TRY(const Secret content, open_content(parts, password));
  KeyBackup backup;
  backup.cluster_name = parts.summary.cluster_name;
  backup.cluster_id = parts.summary.cluster_id;
  backup.tenant_name = parts.summary.tenant_name;
  backup.tenant_id = parts.summary.tenant_id;
  backup.created = parts.summary.created;
  backup.tde_method = parts.summary.tde_method;
  if (!read_content(content, parts.summary, backup)) return unreadable();
  return backup;
}

bool looks_like_key_file(std::span<const std::uint8_t> bytes) {
  return as_text(bytes.first(std::min(bytes.size(), kMagic.size()))) == kMagic;
}

Result<KeyFileSummary> peek(std::span<const std::uint8_t> bytes) {
  BW_TRY(Parts parts, cut(bytes));
  return std::move(parts.summary);
}

Result<> check_replaceable(std::span<const std::uint8_t> old_bytes, std::span<const std::uint8_t> new_bytes) {
  BW_TRY(const KeyFileSummary new_file, peek(new_bytes));
  const auto old_file = peek(old_bytes);
  if (!old_file || !may_replace(*old_file, new_file)) return fail(no_replaceable_key_file());
  return {};
}

Error no_replaceable_key_file() {
  return error::file_already_exist().with_hint(
      "A key backup replaces only an older key file of the same cluster and tenant. Give another path.");
}

}  // namespace breakwater::storage
