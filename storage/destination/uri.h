// Destinations as the user writes them: 'file:///dir', 'oss://bucket/dir?host=..&access_id=..&access_key=..',
// cos://, s3://. Rules and errors: docs/spec/behaviour.md#destination-uri (OceanBase 4.2.1, with the newest
// form of the options and without automatic md5). Parsing is pure: it opens and resolves nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "storage/destination/scheme.h"

namespace breakwater::storage {

enum class DeleteMode : std::uint8_t { none, remove, tagging };
enum class AddressingModel : std::uint8_t { virtual_hosted_style, path_style };
enum class ChecksumType : std::uint8_t { none, no_checksum, md5, crc32 };  ///< none: not given

/// What the settings decide about URIs.
struct UriRules {
  bool allow_http = false;  ///< backup_dest_allow_http: whether host=http://... is accepted
};

/// A parsed destination. Movable; holds a Secret, so not copyable.
struct Destination {
  Scheme scheme = Scheme::file;

  /// The PATH column: prefix and path, trailing slashes trimmed, inner ones kept as written.
  std::string path;

  /// file:// only: the absolute path to use, without "//", "/./" and trailing slashes.
  std::string local_path;

  std::string bucket;      ///< object stores only
  std::string object_dir;  ///< object stores only: the path after "bucket/"; may be empty

  std::string endpoint;   ///< the ENDPOINT column: "host=..." or empty
  std::string access_id;  ///< the value, without "access_id="
  Secret access_key;
  Secret session_token;  ///< of temporary keys; empty for lasting ones
  std::string role_arn;
  Secret external_id;

  /// The EXTENSION column: its tokens joined with '&' in the order given.
  std::string extension;
  DeleteMode delete_mode = DeleteMode::none;
  std::string appid;
  std::string s3_region;
  AddressingModel addressing_model = AddressingModel::virtual_hosted_style;
  ChecksumType checksum_type = ChecksumType::none;
  bool enable_worm = false;

  std::optional<std::int64_t> max_iops;  ///< 0: unlimited
  std::string max_bandwidth;             ///< as written ("100MB"); empty: not given
  std::string locality;                  ///< "zone=..", "idc=.." or "region=..", as written

  /// For SHOW WARNINGS: what was dropped or ignored. Never contains a part of the URI's options.
  std::vector<std::string> notes;

  bool is_file() const { return scheme == Scheme::file; }

  /// The bucket's name at the store: if the store needs an appid, "-" and the appid are appended.
  std::string full_bucket() const;

  /// The value that the catalogue must encrypt: the access key, followed by a line break and the session token
  /// if there is one; with a role the external id.
  Secret secret() const;
  /// The value that `encrypt_key=` is made from: the access key; with a role the external id.
  const Secret& displayed_secret() const { return role_arn.empty() ? access_key : external_id; }

  /// The path as it stands in the format file: "file:///dir", "oss://bucket/dir?host=xxx"
  /// (docs/spec/behaviour.md#path-string).
  std::string path_string() const;

  /// The AUTHORIZATION column (docs/spec/behaviour.md#authorization-column): "access_id=..&encrypt_key=HEX";
  /// for a role "role_arn=.." and, if there is an external id, "&encrypt_key=HEX". Empty for file://.
  std::string authorization(std::string_view encrypted_key_hex) const;

  /// The VALUE column (docs/spec/behaviour.md#value-column): path?host..&authorization&extension, then limits
  /// and locality if given.
  std::string display_value(std::string_view encrypted_key_hex) const;

  /// The same text for all spellings of one place; the catalogue keeps it unique. 'file:///a//b/' has
  /// "file:///a/b"; an object store's has the endpoint in lower case without its scheme, the bucket and the
  /// directory.
  std::string place_key() const;
};

/// Control characters (U+0000 to U+001F, U+007F to U+009F) are refused in every part, and blanks in host,
/// access_id, access_key, appid, s3_region, checksum_type and delete_mode. Blanks at the ends of the value
/// and of its path, and blanks and line breaks around an object store's '?' and '&', are dropped with a note.
///
/// Errors, none of which repeats any part of the value:
///   invalid_backup_dest (9026)         scheme, path, lengths, missing or forbidden options, encrypt_key=,
///                                      characters: the hint names the part and the position in it
///   invalid_argument (1210)            an option's value, an option of another scheme, too long a token
///   checksum_type_not_supported (9113) with the type's name, if it's a plain word
///   not_supported (1235)               enable_worm=true except for OSS with md5
/// An empty value is invalid_backup_dest (9026) too: callers handle the clearing of a setting themselves.
Result<Destination> parse_destination(std::string_view value, const UriRules& rules = {});

/// Parses a destination from the catalogue, which may have been accepted under older rules about characters.
/// For file:// the path is exactly the one that was used then. Only for settling intents. Text that today's
/// rules refuse still gets into no request (check_wire()) and no new name (posix.h).
Result<Destination> parse_recorded_destination(std::string_view value);

}  // namespace breakwater::storage
