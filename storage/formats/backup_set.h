// Backup sets on a medium: their names, which are OceanBase's, and what Breakwater writes there, which is its own.
// Layout: docs/backup-format.md#sets.
//
//   backup_sets/backup_set_3_inc_start.obbak                         first: a set has begun
//   backup_set_3_inc/infos/data_<attempt>_1.obbak …                  objects of lines (line_object.h)
//   backup_set_3_inc/single_backup_set_info.obbak                    the manifest, create-only: the set is complete
//   backup_sets/backup_set_3_inc_end_success_20230111T193420.obbak   that it has ended, for who reads names alone
//
// A set is complete when its manifest is there and each object that it names, with its length and SHA-256. Everything else is
// an attempt, wherever it stopped. Objects of different attempts have different names, so a write that was only delayed
// changes nothing.
//
// All functions are pure; any thread may call them. What is read may be hostile: sizes, counts and depths have limits.
// Errors of decode functions: checksum_error (4103) with a hint.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "storage/formats/set_key.h"

namespace breakwater::storage {

/// `version` of all that is written at a destination but the format file and the check file. What has another isn't read.
inline constexpr std::int64_t kBackupVersion = 2;
inline constexpr std::string_view kSetsDirectory = "backup_sets/";
inline constexpr std::size_t kMaxManifest = std::size_t{8} << 20U;
inline constexpr std::size_t kMaxMarker = std::size_t{64} << 10U;  ///< bytes of a start or an end
inline constexpr std::size_t kMaxObjects = 16'384;                 ///< that one manifest names
inline constexpr std::size_t kMaxInformation = std::size_t{1} << 20U;
inline constexpr std::uint64_t kMaxSetLines = std::uint64_t{1} << 30U;  ///< bytes of all lines of a set

enum class SetType : std::uint8_t { full, incremental };
std::string_view name_of(SetType type);  ///< "full", "inc": as names have it

struct SetName {
  std::int64_t id = 0;
  SetType type = SetType::full;
  auto operator<=>(const SetName&) const = default;
};

std::string set_directory(SetName set);      ///< "backup_set_3_inc/"
std::string set_start_name(SetName set);     ///< "backup_sets/backup_set_3_inc_start.obbak"
std::string set_manifest_name(SetName set);  ///< "backup_set_3_inc/single_backup_set_info.obbak"
/// `attempt`: 1 to 9 of the characters 0-9 and a-z, another for each attempt, also after a restart. `number`: from 1.
std::string set_object_name(SetName set, std::string_view attempt, std::int64_t number);
/// What the names of all objects begin with whose attempt begins so.
std::string set_objects_prefix(SetName set, std::string_view attempt);
enum class SetEnding : std::uint8_t { success, failed };
/// `now` is written in local time, to the second, as in all names of OceanBase's.
std::string set_end_name(SetName set, SetEnding ending, Timestamp now);

/// What a name below kSetsDirectory says.
struct SetMark {
  SetName set{};
  std::optional<SetEnding> ending{};  ///< not set: its start
};
std::optional<SetMark> parse_set_mark(std::string_view name);
/// The set whose directory the name lies in.
std::optional<SetName> set_of(std::string_view name);

/// Whose backup it is.
struct BackupOwner {
  std::string cluster_name{};
  std::int64_t cluster_id = 0;
  std::string tenant_name{};
  std::uint64_t tenant_id = 0;
  std::string compatibility_mode{};  ///< "MYSQL" or "ORACLE"
  std::int64_t incarnation = 1;
  std::int64_t dest_id = 0;
  std::string life{};  ///< differs where a tenant was made anew under the same id; empty: not known

  bool operator==(const BackupOwner&) const = default;
};

/// What a data key is bound to: "set 1:1002:1001:3".
std::string set_identity(const BackupOwner& owner, std::int64_t set_id);

/// An object that a manifest names. `name`: whole, as the medium takes it.
struct ObjectEntry {
  std::string name{};
  std::uint64_t length = 0;
  crypto::Sha256 sha256{};
  std::uint64_t lines = 0;

  bool operator==(const ObjectEntry&) const = default;
};

struct SetStart {
  BackupOwner owner{};
  SetName set{};
  Timestamp started = 0;
  std::string attempt{};  ///< what all attempts at the set begin with; empty: it doesn't say
};

struct SetEnd {
  SetName set{};
  SetEnding ending = SetEnding::success;
  std::string manifest_sha256{};  ///< in hexadecimal; empty after a failure
  std::int64_t result = 0;        ///< OceanBase's number
  Timestamp ended = 0;
};

/// The key of the round that archives beside the set; only where there is a password, so that one password opens both.
struct SetRound {
  std::int64_t dest_id = 0;
  std::int64_t round_id = 0;
  WrappedKey key{};

  bool operator==(const SetRound&) const = default;
};

struct SetManifest {
  BackupOwner owner{};
  SetName set{};
  std::int64_t prev_full_set_id = 0;  ///< 0: this one is full
  std::int64_t prev_set_id = 0;
  std::string prev_manifest_sha256{};  ///< of the set before, in hexadecimal
  std::int64_t from_scn = 0;           ///< incremental: the changes after this SCN, the set's before
  std::int64_t start_replay_scn = 0;   ///< the log from here on
  std::int64_t min_restore_scn = 0;    ///< the SCN of the snapshot: what is restored is never older
  std::string history{};            ///< the mark of the tenant's history there; empty: no log goes on from it
  std::int64_t schema_version = 0;  ///< of the lines
  std::string cluster_version{};    ///< "4.2.1.0"
  Timestamp started = 0;
  Timestamp ended = 0;
  bool plus_archivelog = false;
  std::optional<SetRound> round{};
  std::string information{};  ///< a JSON object: pools, units, destinations, without secrets; empty: none
  WrappedKey key{};
  std::vector<ObjectEntry> objects{};

  bool operator==(const SetManifest&) const = default;
};

Bytes encode(const SetStart& start);
Result<SetStart> decode_set_start(std::span<const std::uint8_t> bytes);
Bytes encode(const SetEnd& end);
Result<SetEnd> decode_set_end(std::span<const std::uint8_t> bytes);

/// size_overflow (4019): more than kMaxObjects objects or kMaxInformation bytes. `key`: its identity is the set's.
Result<Bytes> encode(const SetManifest& manifest, const DataKey& key);
/// Also checks the sum that finds damage, but not the MAC: that needs the key, which is wrapped in here. Each name lies in the set's own
/// directory and stands there once.
Result<SetManifest> decode_set_manifest(std::span<const std::uint8_t> bytes);
/// The MAC of any manifest of sets, rounds and pieces. checksum_error (4103): changed by somebody without the key.
Result<> verify_manifest(std::span<const std::uint8_t> bytes, const DataKey& key);

}  // namespace breakwater::storage
