#include "storage/formats/sealed_json.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/json_text.h"

namespace breakwater::storage {
namespace {

constexpr std::string_view kSum = R"(,"sha256":")";
constexpr std::string_view kMac = R"(,"mac":")";
constexpr std::string_view kEnd = "}\n";
constexpr std::size_t kHexDigest = 2 * sizeof(crypto::Sha256);
constexpr std::size_t kHexMark = 32;

// Takes `,"name":"<64 digits>"` off the end of `text`; the digits are returned. Empty: it doesn't end so.
std::string_view take_member(std::string_view& text, std::string_view name) {
  const std::size_t size = name.size() + kHexDigest + 1;
  if (text.size() < size || !text.ends_with('"')) return {};
  const std::string_view member = text.substr(text.size() - size);
  if (!member.starts_with(name)) return {};
  text.remove_suffix(size);
  return member.substr(name.size(), kHexDigest);
}

// What the sum and the MAC are of.
struct SealedParts {
  std::string_view mac{};
  std::string_view under_mac{};
  std::string_view sum{};
  std::string_view under_sum{};
};

SealedParts cut_sealed(std::string_view text) {
  SealedParts parts;
  if (!text.ends_with(kEnd)) return parts;
  text.remove_suffix(kEnd.size());
  parts.mac = take_member(text, kMac);
  parts.under_mac = text;
  parts.sum = take_member(text, kSum);
  parts.under_sum = text;
  return parts;
}

std::string sum_of(std::string_view text) {
  return crypto::to_hex(crypto::sha256(as_bytes(text)));
}

void append_member(std::string& text, std::string_view name, std::string_view digest) {
  text.append(name).append(digest).append("\"");
}

}  // namespace

Error damaged_backup(std::string_view what) {
  return error::checksum_error().with_hint(
      std::string("the ").append(what).append(" is damaged, or isn't what Breakwater wrote there"));
}

Bytes seal_json(const Json& body, const DataKey* key) {
  std::string text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();
  append_member(text, kSum, sum_of(text));
  if (key != nullptr) append_member(text, kMac, crypto::to_hex(key->mac(as_bytes(text))));
  text.append(kEnd);
  return {text.begin(), text.end()};
}

Result<Json> open_json(std::span<const std::uint8_t> bytes, std::size_t limit, std::string_view what) {
  if (bytes.size() > limit) return fail(damaged_backup(what));
  const SealedParts parts = cut_sealed(as_text(bytes));
  if (parts.sum.empty() || sum_of(parts.under_sum) != parts.sum) return fail(damaged_backup(what));
  return parse_json(as_text(bytes), what);
}

bool has_mac_of(std::span<const std::uint8_t> bytes, const DataKey& key) {
  const SealedParts parts = cut_sealed(as_text(bytes));
  const auto found = crypto::from_hex(parts.mac);
  return found && crypto::equal(*found, key.mac(as_bytes(parts.under_mac)));
}

Result<Json> parse_json(std::string_view text, std::string_view what) {
  if (!is_json_within(text, kMaxJsonDepth, kMaxJsonValues)) return fail(damaged_backup(what));
  Json parsed = Json::parse(text, nullptr, false);
  if (!parsed.is_object()) return fail(damaged_backup(what));
  return parsed;
}

const Json& JsonFields::member(const char* name) {
  static const Json kNothing;
  if (failed_) return kNothing;
  const auto found = object_.find(name);
  failed_ = found == object_.end();
  return failed_ ? kNothing : *found;
}

std::string JsonFields::text(const char* name, std::size_t limit) {
  const Json& value = member(name);
  fail_if(!value.is_string() || value.get_ref<const std::string&>().size() > limit);
  return failed_ ? std::string() : value.get<std::string>();
}

std::int64_t JsonFields::signed_number(const char* name) {
  const Json& value = member(name);
  fail_if(!value.is_number_integer());
  fail_if(value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX});
  return failed_ ? 0 : value.get<std::int64_t>();
}

std::int64_t JsonFields::number(const char* name) {
  const std::int64_t value = signed_number(name);
  fail_if(value < 0);
  return failed_ ? 0 : value;
}

bool JsonFields::flag(const char* name) {
  const Json& value = member(name);
  fail_if(!value.is_boolean());
  return !failed_ && value.get<bool>();
}

Bytes JsonFields::hex(const char* name, std::size_t limit) {
  auto bytes = crypto::from_hex(text(name, 2 * limit));
  fail_if(!bytes);
  return failed_ ? Bytes() : *std::move(bytes);
}

crypto::Sha256 JsonFields::sha256(const char* name) {
  const Bytes bytes = hex(name, sizeof(crypto::Sha256));
  crypto::Sha256 out{};
  fail_if(bytes.size() != out.size());
  if (!failed_) std::ranges::copy(bytes, out.begin());
  return out;
}

std::string JsonFields::hexadecimal(const char* name, std::size_t size) {
  std::string value = text(name, size);
  fail_if(!value.empty() && value.size() != size);
  fail_if(value.find_first_not_of("0123456789abcdef") != std::string::npos);
  return value;
}

std::string JsonFields::digest(const char* name) {
  return hexadecimal(name, kHexDigest);
}

std::string JsonFields::mark(const char* name) {
  return hexadecimal(name, kHexMark);
}

Json json_of(const WrappedKey& key) {
  Json out{{"fingerprint", key.fingerprint}, {"wrapped", crypto::to_hex(key.wrapped)}};
  if (!key.by_password) return out;
  const WrappedKey::ByPassword& by = *key.by_password;
  out["by_password"] = Json{{"kdf", "scrypt"},
                            {"n", by.cost.n},
                            {"r", by.cost.r},
                            {"p", by.cost.p},
                            {"salt", crypto::to_hex(by.salt)},
                            {"wrapped", crypto::to_hex(by.wrapped)}};
  return out;
}

WrappedKey wrapped_key(JsonFields fields, bool& failed) {
  constexpr std::size_t kMaxWrapped = 256;
  constexpr std::size_t kMaxFingerprint = 64;
  WrappedKey key{.fingerprint = fields.text("fingerprint", kMaxFingerprint),
                 .wrapped = fields.hex("wrapped", kMaxWrapped)};
  if (fields.has("by_password")) {
    JsonFields by(fields.member("by_password"));
    by.fail_if(by.text("kdf") != "scrypt");
    const std::int64_t r = by.number("r");
    const std::int64_t p = by.number("p");
    by.fail_if(!std::in_range<std::uint32_t>(r) || !std::in_range<std::uint32_t>(p));
    key.by_password = {.cost = {.n = static_cast<std::uint64_t>(by.number("n")),
                                .r = static_cast<std::uint32_t>(r),
                                .p = static_cast<std::uint32_t>(p)},
                       .salt = by.hex("salt", kMaxWrapped),
                       .wrapped = by.hex("wrapped", kMaxWrapped)};
    fields.fail_if(by.failed());
  }
  failed = failed || fields.failed();
  return key;
}

}  // namespace breakwater::storage
