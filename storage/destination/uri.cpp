#include "storage/destination/uri.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/text.h"
#include "storage/formats/path.h"
#include "storage/formats/plain_text.h"

namespace breakwater::storage {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kHost = "host=";
constexpr std::size_t kMaxRegion = 127;       // s3_region's value
constexpr std::size_t kMaxChecksumName = 32;  // longer ones aren't repeated in the error

std::unexpected<Error> invalid(std::string hint) {
  return fail(error::invalid_backup_dest().with_hint(std::move(hint)));
}

std::unexpected<Error> bad_option(std::string hint) {
  return fail(error::invalid_argument().with_hint(std::move(hint)));
}

std::string_view trim_left(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text;
}

std::string_view trim_right(std::string_view text) {
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

std::string_view without_trailing_slashes(std::string_view path) {
  return path.substr(0, path.find_last_not_of('/') + 1);
}

std::string_view without_blanks_at_ends(std::string_view value) {
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value.substr(0, value.find_last_not_of(' ') + 1);
}

// file:///  a -> file:///a
std::string without_blanks_before(std::string_view path, std::size_t scheme) {
  const std::size_t first = std::min(path.find_first_not_of("/ ", scheme), path.size());
  std::string whole(path);
  std::erase_if(whole, [&, at = std::size_t{0}](char c) mutable {
    const std::size_t here = at++;
    return here >= scheme && here < first && c == ' ';
  });
  return whole;
}

void join(std::string& list, std::string_view token) {
  if (token.empty()) return;
  if (!list.empty()) list += '&';
  list += token;
}

bool plain_word(std::string_view text) {
  return !text.empty() && text.size() <= kMaxChecksumName && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' || c == '-';
  });
}

// "100MB", "1g", "0": OceanBase's capacity. Only 0 needs no unit.
bool capacity(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (!whole_number<std::int64_t>(text.substr(0, digits))) return false;
  const std::string unit = ascii_lower(text.substr(digits));
  constexpr std::array units = {"b", "k", "kb", "m", "mb", "g", "gb", "t", "tb", "p", "pb"};
  if (unit.empty()) return text.find_first_not_of('0') == std::string_view::npos;
  return std::ranges::find(units, unit) != units.end();
}

// Values that go into headers and host names unchanged may have no blanks.
enum class Blanks : std::uint8_t { taken, refused };

// Reads one option of the storage info. `token` is "key=value".
struct Option {
  std::string_view key;
  Result<> (*apply)(Destination& dest, std::string_view token, std::string_view value);
  Blanks blanks = Blanks::taken;
  bool is_secret = false;
};

enum class Keep : std::uint8_t { token, value };

// The texts of a repeated host, access_id or access_key are joined: docs/spec/behaviour.md#uri-repeated-keys.
Result<> keep(Destination& dest, std::string& kept, std::string_view key, std::string_view value, Keep what) {
  const bool repeated = !kept.empty();
  if (repeated)
    dest.notes.push_back(std::string(key) + " is given more than once; the texts were joined with '&'");
  kept.reserve(kept.size() + 1 + key.size() + value.size());
  if (repeated) kept += '&';
  if (repeated || what == Keep::token) kept += key;
  kept += value;
  if (kept.size() + (what == Keep::value ? key.size() : 0) <= limits::kMaxUriToken) return {};
  return bad_option(std::string(key) + " takes at most " + std::to_string(limits::kMaxUriToken) +
                    " bytes, the key included.");
}

Result<> keep_secret(Destination& dest, Secret& kept, std::string_view key, std::string_view value) {
  std::string text;
  text.reserve(kept.size() + 1 + key.size() + value.size());  // growing would leave copies of the secret
  text = kept.reveal();
  auto done = keep(dest, text, key, value, Keep::value);
  kept = Secret::take(std::move(text));
  return done;
}

Result<> set_host(Destination& dest, std::string_view, std::string_view value) {
  if (value.empty()) return {};
  return keep(dest, dest.endpoint, kHost, value, Keep::token);
}

Result<> set_access_id(Destination& dest, std::string_view, std::string_view value) {
  return keep(dest, dest.access_id, "access_id=", value, Keep::value);
}

Result<> set_access_key(Destination& dest, std::string_view, std::string_view value) {
  return keep_secret(dest, dest.access_key, "access_key=", value);
}

// Two names for one thing: S3's and OSS's. Much longer than a key, so bound by the whole alone.
Result<> set_session_token(Destination& dest, std::string_view, std::string_view value) {
  if (!dest.session_token.empty()) return bad_option("session_token= or security_token= is given once.");
  dest.session_token = Secret::take(std::string(value));
  return {};
}

Result<> set_external_id(Destination& dest, std::string_view, std::string_view value) {
  return keep_secret(dest, dest.external_id, "external_id=", value);
}

Result<> set_role_arn(Destination& dest, std::string_view, std::string_view value) {
  return keep(dest, dest.role_arn, "role_arn=", value, Keep::value);
}

// Checks an option that not every store has.
Result<> check_taken(const Destination& dest, std::string_view option, bool SchemeRules::* rule) {
  if (rules_of(dest.scheme).*rule) return {};
  return bad_option(std::string(option) + " belongs to " + object_stores(rule) + " destinations alone.");
}

Result<> set_appid(Destination& dest, std::string_view token, std::string_view value) {
  BW_CHECK(check_taken(dest, "appid", &SchemeRules::needs_appid));
  dest.appid = value;
  join(dest.extension, token);
  return {};
}

Result<> set_delete_mode(Destination& dest, std::string_view token, std::string_view value) {
  if (value != "delete" && value != "tagging") return bad_option("delete_mode is 'delete' or 'tagging'.");
  dest.delete_mode = value == "delete" ? DeleteMode::remove : DeleteMode::tagging;
  join(dest.extension, token);
  return {};
}

Result<> set_s3_region(Destination& dest, std::string_view token, std::string_view value) {
  BW_CHECK(check_taken(dest, "s3_region", &SchemeRules::takes_s3_region));
  if (value.size() > kMaxRegion) return bad_option("s3_region takes at most 127 bytes.");
  dest.s3_region = value;
  join(dest.extension, token);
  return {};
}

Result<> set_addressing_model(Destination& dest, std::string_view token, std::string_view value) {
  if (value != "virtual_hosted_style" && value != "path_style")
    return bad_option("addressing_model is 'virtual_hosted_style' or 'path_style'.");
  dest.addressing_model =
      value == "path_style" ? AddressingModel::path_style : AddressingModel::virtual_hosted_style;
  join(dest.extension, token);
  return {};
}

Result<> set_checksum_type(Destination& dest, std::string_view token, std::string_view value) {
  if (value == "no_checksum") {
    dest.checksum_type = ChecksumType::no_checksum;
  } else if (value == "md5") {
    dest.checksum_type = ChecksumType::md5;
  } else if (value == "crc32" && rules_of(dest.scheme).takes_crc32) {
    dest.checksum_type = ChecksumType::crc32;
  } else {
    Error unsupported =
        plain_word(value) ? error::checksum_type_not_supported(value) : error::checksum_type_not_supported();
    return fail(std::move(unsupported)
                    .with_hint("checksum_type is 'no_checksum' or 'md5', and for " +
                               object_stores(&SchemeRules::takes_crc32) + " also 'crc32'."));
  }
  join(dest.extension, token);
  return {};
}

Result<> set_enable_worm(Destination& dest, std::string_view token, std::string_view value) {
  if (value != "true" && value != "false")
    return fail(error::invalid_argument("set eanble_worm. eanble_worm must be true or false"));  // sic
  dest.enable_worm = value == "true";
  join(dest.extension, token);
  return {};
}

Result<> set_max_iops(Destination& dest, std::string_view, std::string_view value) {
  const auto iops = whole_number<std::int64_t>(value);
  if (!iops || *iops < 0) return bad_option("max_iops is a whole number; 0 means no limit.");
  dest.max_iops = iops;
  return {};
}

Result<> set_max_bandwidth(Destination& dest, std::string_view, std::string_view value) {
  if (!capacity(value))
    return bad_option("max_bandwidth is a size with its unit, such as 100MB; 0: no limit.");
  dest.max_bandwidth = value;
  return {};
}

Result<> set_locality(Destination& dest, std::string_view token, std::string_view) {
  dest.locality = token;
  return {};
}

constexpr std::array kOptions = {
    Option{kHost, set_host, Blanks::refused},
    Option{"access_id=", set_access_id, Blanks::refused},
    Option{"access_key=", set_access_key, Blanks::refused, true},
    Option{"session_token=", set_session_token, Blanks::refused, true},
    Option{"security_token=", set_session_token, Blanks::refused, true},
    Option{"appid=", set_appid, Blanks::refused},
    Option{"delete_mode=", set_delete_mode, Blanks::refused},
    Option{"s3_region=", set_s3_region, Blanks::refused},
    Option{"addressing_model=", set_addressing_model},
    Option{"checksum_type=", set_checksum_type, Blanks::refused},
    Option{"max_iops=", set_max_iops},
    Option{"max_bandwidth=", set_max_bandwidth},
    Option{"role_arn=", set_role_arn},
    Option{"external_id=", set_external_id, Blanks::taken, true},
    Option{"enable_worm=", set_enable_worm},
    Option{"zone=", set_locality},
    Option{"idc=", set_locality},
    Option{"region=", set_locality},
};

const Option* option_of(std::string_view token) {
  const auto* const option =
      std::ranges::find_if(kOptions, [&](const Option& known) { return token.starts_with(known.key); });
  return option == kOptions.end() ? nullptr : option;
}

// The note names it only where it can't be the rest of a secret that holds a '&'.
std::string ignored_option(std::string_view token, bool follows_secret) {
  const std::string_view name = token.substr(0, token.find('='));
  if (follows_secret || !plain_word(name)) {
    return "an unknown option in the backup destination was ignored";
  }
  return "the unknown option " + std::string(name) + " in the backup destination was ignored";
}

bool holds_escape(std::string_view value) {
  const auto hex = [](char c) {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
  };
  for (std::size_t at = value.find('%'); at != std::string_view::npos; at = value.find('%', at + 1))
    if (value.size() > at + 2 && hex(value[at + 1]) && hex(value[at + 2])) return true;
  return false;
}

// The positions are those in the option's value.
Result<> check_characters(std::string_view token) {
  const Option* const option = option_of(token);
  if (option == nullptr) return refuse_control("an unknown option", token);
  const std::string_view name = option->key.substr(0, option->key.size() - 1);
  const std::string_view value = token.substr(option->key.size());
  BW_CHECK(refuse_control(name, value));
  return option->blanks == Blanks::refused ? refuse_blank(name, value) : Result<>();
}

// The texts between the '&'s, without the blanks and line breaks around those.
std::vector<std::string_view> tokens_of(std::string_view info, std::vector<std::string>& notes) {
  std::vector<std::string_view> tokens;
  bool trimmed = false;
  while (!info.empty()) {
    const std::size_t end = info.find('&');
    const bool last = end == std::string_view::npos;
    const std::string_view whole = info.substr(0, end);
    const std::string_view token = last ? trim_left(whole) : trim_right(trim_left(whole));
    trimmed = trimmed || token.size() != whole.size();
    if (!token.empty()) tokens.push_back(token);
    info.remove_prefix(last ? info.size() : end + 1);
  }
  if (trimmed) notes.emplace_back("blanks around '?' and '&' in the backup destination were dropped");
  return tokens;
}

enum class Characters : std::uint8_t { checked, as_recorded };

Result<> apply_tokens(Destination& dest, std::string_view info, Characters characters) {
  const auto tokens = tokens_of(info, dest.notes);
  // Check this before any value: otherwise another error in a value could hide it.
  for (const std::string_view token : tokens)
    if (characters == Characters::checked) BW_CHECK(check_characters(token));
  bool follows_secret = false;
  for (const std::string_view token : tokens) {
    const Option* const option = option_of(token);
    if (option == nullptr) {
      dest.notes.push_back(ignored_option(token, follows_secret));
      follows_secret = true;  // it may be a misspelt secret, and the next token its rest
      continue;
    }
    const std::string_view value = token.substr(option->key.size());
    BW_CHECK(option->apply(dest, token, value));
    if (holds_escape(value))
      dest.notes.push_back(std::string(option->key) +
                           " holds a '%' with two digits: values are literal, and "
                           "nothing in them is decoded");
    follows_secret = option->is_secret;
  }
  if (dest.extension.size() > limits::kMaxUriExtension)
    return bad_option("The options take at most " + std::to_string(limits::kMaxUriExtension) + " bytes.");
  return {};
}

Result<> check_complete(const Destination& dest) {
  if (dest.endpoint.empty()) return invalid("host= is missing: the endpoint without the bucket.");
  const bool keys = !dest.access_id.empty() && !dest.access_key.empty();
  const bool any_key = !dest.access_id.empty() || !dest.access_key.empty();
  const bool role = !dest.role_arn.empty();
  if (!role && !keys) return invalid("access_id= and access_key= are both needed.");
  if (role && any_key) return invalid("role_arn= stands in place of access_id= and access_key=.");
  if (role && !dest.session_token.empty()) return invalid("session_token= belongs to access_id=.");
  if (!role && !dest.external_id.empty()) return invalid("external_id= needs role_arn=.");
  const SchemeRules& scheme = rules_of(dest.scheme);
  if (scheme.needs_appid && dest.appid.empty())
    return invalid(std::string(scheme.name) + ":// needs appid=.");
  if (dest.enable_worm && (!scheme.takes_worm || dest.checksum_type != ChecksumType::md5))
    return fail(error::not_supported(
        "Only OSS and checksum_type=md5 support setting enable_worm, other devices or checksum types are"));
  return {};
}

std::string_view endpoint_host(std::string_view endpoint) {
  if (endpoint.starts_with(kHost)) endpoint.remove_prefix(kHost.size());
  for (const std::string_view prefix : {"http://", "https://"})
    if (iequals(endpoint.substr(0, prefix.size()), prefix)) endpoint.remove_prefix(prefix.size());
  return without_trailing_slashes(endpoint);
}

Result<> check_http(const Destination& dest, const UriRules& rules) {
  constexpr std::string_view kPlain = "host=http://";
  if (rules.allow_http || !iequals(std::string_view(dest.endpoint).substr(0, kPlain.size()), kPlain))
    return {};
  return invalid("host= names plain HTTP, which the setting backup_dest_allow_http does not allow.");
}

Result<> parse_object_store(Destination& dest, std::string_view info, const UriRules& rules,
                            Characters characters) {
  const std::string_view path = std::string_view(dest.path).substr(scheme_name(dest.scheme).size() + 3);
  const std::size_t slash = std::min(path.find('/'), path.size());
  dest.bucket = path.substr(0, slash);
  dest.object_dir = path.substr(std::min(slash + 1, path.size()));
  if (dest.bucket.empty()) return invalid("The bucket is missing.");
  if (info.size() > limits::kMaxStorageInfo)
    return invalid("The part behind '?' takes at most " + std::to_string(limits::kMaxStorageInfo) +
                   " bytes.");
  BW_CHECK(apply_tokens(dest, info, characters));
  BW_CHECK(check_complete(dest));
  return check_http(dest, rules);
}

Result<> parse_file(Destination& dest, bool has_question_mark) {
  const std::string_view path = std::string_view(dest.path).substr(scheme_name(dest.scheme).size() + 3);
  if (has_question_mark) return invalid("A file:// destination can't hold a '?' and takes no options.");
  if (!path.starts_with('/')) return invalid("A file:// path must be absolute: file:///directory.");
  for (const std::string_view component : path_components(path))
    if (component == "..") return invalid("A file:// path can't hold '..'.");
  dest.local_path = normalize_path(path);
  if (dest.local_path == "/") return invalid("The root directory can't be a destination.");
  return {};
}

Result<> check_text(std::string_view value) {
  if (value.find("encrypt_key=") != std::string_view::npos)
    return fail(error::invalid_backup_dest("backup destination contains encrypt_key, which")
                    .with_hint("Give access_key=, not the encrypt_key= that the views show."));
  if (value.size() > limits::kMaxUri)
    return invalid("A destination takes at most " + std::to_string(limits::kMaxUri) + " bytes.");
  if (!is_utf8(value)) return invalid("A destination is UTF-8 text.");
  return {};
}

constexpr std::string_view kAfterScheme = "://";

// The path without slashes at its end and, unless it is a recorded one, without blanks at its ends.
std::string trimmed_path(std::string_view path, const Destination& dest, Characters characters) {
  if (characters == Characters::as_recorded) return std::string(without_trailing_slashes(path));
  const std::size_t scheme = scheme_name(dest.scheme).size() + kAfterScheme.size();
  const std::string_view trimmed = path.substr(0, path.find_last_not_of("/ ") + 1);
  return dest.is_file() ? without_blanks_before(trimmed, scheme) : std::string(trimmed);
}

bool drops_blanks(std::string_view path, std::string_view kept) {
  return std::ranges::count(path, ' ') != std::ranges::count(kept, ' ');
}

Result<Destination> parse(std::string_view written, const UriRules& rules, Characters characters) {
  BW_CHECK(check_text(written));
  const bool checked = characters == Characters::checked;
  const std::string_view value = checked ? without_blanks_at_ends(written) : written;
  const auto scheme = scheme_of(value);
  if (!scheme) return invalid("A destination begins with file://, " + object_stores() + ", in lower case.");
  Destination dest;
  dest.scheme = *scheme;
  const std::size_t question = value.find('?');
  const bool has_info = question != std::string_view::npos;
  std::string_view path = value.substr(0, question);
  if (has_info && !dest.is_file()) path = trim_right(path);
  if (checked) BW_CHECK(refuse_control("the path", path));
  if (path.size() > limits::kMaxUriPath)
    return invalid("The path takes at most " + std::to_string(limits::kMaxUriPath) + " bytes.");
  dest.path = trimmed_path(path, dest, characters);
  if (value.size() != written.size() || drops_blanks(path, dest.path))
    dest.notes.emplace_back("blanks at the ends of the backup destination were dropped");
  if (dest.path.size() <= scheme_name(dest.scheme).size() + kAfterScheme.size())
    return invalid("The path is missing.");
  if (dest.is_file()) {
    BW_CHECK(parse_file(dest, has_info));
    // Such blanks stood next to a "." component, so they were not trimmed.
    if (checked && (dest.local_path.starts_with("/ ") || dest.local_path.ends_with(' ')))
      return invalid("The path begins or ends with a blank.");
    return dest;
  }
  const std::string_view info = has_info ? value.substr(question + 1) : std::string_view();
  BW_CHECK(parse_object_store(dest, info, rules, characters));
  if (path.size() != std::min(question, value.size()))
    dest.notes.emplace_back("blanks before '?' in the backup destination were dropped");
  return dest;
}

}  // namespace

Result<Destination> parse_destination(std::string_view value, const UriRules& rules) {
  return parse(value, rules, Characters::checked);
}

Result<Destination> parse_recorded_destination(std::string_view value) {
  const UriRules rules{.allow_http = true};  // it was accepted; NetworkRules decide about connections now
  // Try today's rules first: the catalogue keeps a URI as it was written, with blanks that they drop.
  if (!value.starts_with("file:"))
    if (auto parsed = parse(value, rules, Characters::checked)) return parsed;
  return parse(value, rules, Characters::as_recorded);
}

std::string Destination::path_string() const {
  return is_file() ? path : path + "?" + endpoint;
}

std::string Destination::authorization(std::string_view encrypted_key_hex) const {
  if (is_file()) return {};
  std::string text = role_arn.empty() ? "access_id=" + access_id : "role_arn=" + role_arn;
  if (!displayed_secret().empty()) text.append("&encrypt_key=").append(encrypted_key_hex);
  return text;
}

std::string Destination::display_value(std::string_view encrypted_key_hex) const {
  if (is_file()) return path;
  std::string info = endpoint;
  join(info, authorization(encrypted_key_hex));
  join(info, extension);
  if (max_iops) join(info, "max_iops=" + std::to_string(*max_iops));
  if (!max_bandwidth.empty()) join(info, "max_bandwidth=" + max_bandwidth);
  join(info, locality);
  return path + "?" + info;
}

Secret Destination::secret() const {
  if (!role_arn.empty()) return external_id.clone();
  if (session_token.empty()) return access_key.clone();
  std::string both;
  both.reserve(access_key.size() + 1 + session_token.size());  // so that no copy is left behind by growing
  both.append(access_key.reveal()).append(1, '\n').append(session_token.reveal());
  return Secret::take(std::move(both));
}

std::string Destination::full_bucket() const {
  const std::string end = "-" + appid;
  return rules_of(scheme).needs_appid && !bucket.ends_with(end) ? bucket + end : bucket;
}

std::string Destination::place_key() const {
  if (is_file()) return "file://" + local_path;
  // The scheme isn't part of the key: the same bucket of OSS or COS can be reached by s3:// too.
  return "object://" + full_bucket() + "/" + object_dir + "?host=" + ascii_lower(endpoint_host(endpoint));
}

}  // namespace breakwater::storage
