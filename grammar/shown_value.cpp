#include "grammar/shown_value.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace breakwater::grammar {
namespace {

using Characters = bool (*)(char);

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' || c == '-';
}
bool is_host(char c) {
  return is_letter_or_digit(c) || c == '.' || c == ':' || c == '/' || c == '[' || c == ']';
}
bool is_list(char c) {
  return is_letter_or_digit(c) || c == '.' || c == ';' || c == '@' || c == '{' || c == '}';
}
bool is_bucket(char c) {
  return is_letter_or_digit(c) || c == '.' || c == '/' || c == '~' || c == '+' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_path(char c) {
  return is_bucket(c) || c == '@' || c == ':';
}

template <Characters kCharacters>
bool made_of(std::string_view value) {
  return std::ranges::all_of(value, kCharacters);
}
/// A number with a unit at most.
bool is_amount(std::string_view value) {
  constexpr std::size_t kLongestUnit = 4;
  const std::size_t digits = std::min(value.find_first_not_of("0123456789"), value.size());
  return digits > 0 && value.size() - digits <= kLongestUnit && made_of<is_letter_or_digit>(value);
}
bool is_flag(std::string_view value) {
  return iequals(value, "true") || iequals(value, "false");
}
bool is_switch(std::string_view value) {
  return iequals(value, "enable") || iequals(value, "disable");
}
bool is_binding(std::string_view value) {
  return iequals(value, "optional") || iequals(value, "mandatory");
}
bool is_delete_mode(std::string_view value) {
  return iequals(value, "delete") || iequals(value, "tagging");
}
bool is_checksum(std::string_view value) {
  return iequals(value, "md5") || iequals(value, "crc32") || iequals(value, "no_checksum");
}
bool is_method(std::string_view value) {
  return iequals(value, "full") || iequals(value, "quick");
}

/// An option of a destination or of a restore, and which of its values are no secret.
struct KnownOption {
  std::string_view name;  ///< with its =
  bool (*shows)(std::string_view value);
};
constexpr std::array kKnownOptions = {
    KnownOption{"host=", made_of<is_host>},     KnownOption{"s3_region=", made_of<is_letter_or_digit>},
    KnownOption{"appid=", is_amount},           KnownOption{"delete_mode=", is_delete_mode},
    KnownOption{"checksum_type=", is_checksum}, KnownOption{"enable_worm=", is_flag},
    KnownOption{"max_iops=", is_amount},        KnownOption{"max_bandwidth=", is_amount},
    KnownOption{"binding=", is_binding},        KnownOption{"piece_switch_interval=", is_amount},
    KnownOption{"compression=", is_switch},     KnownOption{"pool_list=", made_of<is_list>},
    KnownOption{"locality=", made_of<is_list>}, KnownOption{"primary_zone=", made_of<is_list>},
    KnownOption{"concurrency=", is_amount},     KnownOption{"method=", is_method},
    KnownOption{"kms_encrypt=", is_flag},
};

constexpr std::string_view kLocation = "LOCATION=";
constexpr std::array<std::string_view, 4> kSchemes = {"file://", "oss://", "cos://", "s3://"};
constexpr std::string_view kMarks = "?&,";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kSeparators = "?&, \t\r\n";

bool begins_with(std::string_view text, std::string_view name) {
  return iequals(text.substr(0, name.size()), name);
}

bool is_scheme_and_path(std::string_view text) {
  const auto* scheme = std::ranges::find_if(kSchemes, [&](auto known) { return text.starts_with(known); });
  if (scheme == kSchemes.end()) return false;
  return std::ranges::all_of(text.substr(scheme->size()), *scheme == "file://" ? is_path : is_bucket);
}

bool is_known(std::string_view part) {
  return std::ranges::any_of(kKnownOptions, [&](const KnownOption& known) {
    return begins_with(part, known.name) && known.shows(part.substr(known.name.size()));
  });
}

bool is_shown(std::string_view part) {
  if (begins_with(part, kLocation)) return is_scheme_and_path(part.substr(kLocation.size()));
  return is_scheme_and_path(part) || is_known(part);
}

template <class Names>
bool is_among(std::string_view name, const Names& names) {
  return std::ranges::any_of(names, [&](std::string_view known) { return iequals(known, name); });
}

// clang-format off
constexpr std::array kPlainParameters = std::to_array<std::string_view>({
    "archive_lag_target", "backup_data_file_size", "ha_high_thread_score", "ha_low_thread_score", "log_archive_concurrency",
    "tde_method",
    // the server's settings that ALTER SYSTEM changes
    "max_connections", "max_unauthenticated_connections", "max_connect_errors", "max_user_connections",
    "default_authentication_plugin", "require_secure_transport", "connect_timeout", "wait_timeout", "interactive_timeout",
    "net_read_timeout", "net_write_timeout", "max_allowed_packet", "max_computed_text", "statement_timeout",
    "statement_memory", "server_memory", "backup_dest_timeout", "format_obbak_link", "job_visible_time", "job_deadline",
    "max_destinations",
    "log_level", "default_password_lifetime", "new_password_must_differ", "error_notes",
    "destination_check_interval", "backup_dest_check_interval"});
constexpr std::array kPlainWords = std::to_array<std::string_view>({
    "on", "off", "none", "internal", "bkmi", "debug", "info", "warning", "error", "either", "mysql_native_password",
    "caching_sha2_password", "append", "warnings"});
constexpr std::array kPlainOptions = std::to_array<std::string_view>({
    "RESOURCE_POOL_LIST", "PRIMARY_ZONE", "LOCALITY", "ZONE_LIST", "CHARSET", "COLLATE", "REPLICA_NUM", "TABLEGROUP",
    "ENABLE_ARBITRATION_SERVICE", "UNIT", "UNIT_NUM", "REPLICA_TYPE", "MAX_CPU", "MIN_CPU", "MEMORY_SIZE", "MAX_MEMORY",
    "MIN_MEMORY", "LOG_DISK_SIZE", "DATA_DISK_SIZE", "MAX_IOPS", "MIN_IOPS", "IOPS_WEIGHT", "MAX_DISK_SIZE",
    "MAX_SESSION_NUM", "MAX_NET_BANDWIDTH", "NET_BANDWIDTH_WEIGHT"});
constexpr std::array kPlainVariables = std::to_array<std::string_view>({
    "ob_compatibility_mode", "ob_tcp_invited_nodes", "lower_case_table_names", "time_zone", "character_set_server",
    "collation_server", "ob_query_timeout", "ob_trx_timeout", "sql_mode", "nls_date_format"});
// clang-format on

}  // namespace

std::string shown_place(std::string_view text) {
  std::string shown;
  bool masked = false;  // the last part was
  bool apart = false;   // blanks were read, which are shown as one, and only between parts
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find_first_of(kSeparators));
    text.remove_prefix(std::max<std::size_t>(part.size(), 1));
    if (const bool shows = is_shown(part); !part.empty() && !(masked && !shows)) {
      if (apart) shown += ' ';
      shown += shows ? part : kHidden;
      masked = !shows;
      apart = false;
    }
    if (!part.empty()) continue;
    const char separator = text.data()[-1];
    const bool blank = kBlanks.find(separator) != std::string_view::npos;
    if (!blank) shown += separator;
    apart = blank && !shown.empty() && kMarks.find(shown.back()) == std::string_view::npos;
    masked = masked && blank;
  }
  return shown;
}

bool is_plain_parameter(std::string_view name, std::string_view value) {
  return is_among(name, kPlainParameters) &&
         (is_amount(value) || is_flag(value) || is_among(value, kPlainWords));
}

bool is_place_parameter(std::string_view name) {
  return is_among(name, std::array<std::string_view, 2>{"data_backup_dest", "log_archive_dest"});
}

bool is_plain_option(std::string_view name) {
  return is_among(name, kPlainOptions);
}

bool is_plain_variable(std::string_view name) {
  return is_among(name, kPlainVariables);
}

}  // namespace breakwater::grammar
