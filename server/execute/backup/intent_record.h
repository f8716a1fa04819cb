// What an intent says is about to be made, and the form in which the catalogue keeps it.
//
// A record is a list of fields, "name=value", each ended by a NUL (which no path holds); a field that may come several
// times is repeated. The first is "intent=1", the form's version. Intents that versions before it have opened are read
// too. Their form was a list of lines, told apart by their places:
//
//   destination   check file's name, token, "renews" or "" or "obbak", the mark, the directories
//   key backup    path, temporary file's name, "replaces" or "", the mark, the directories; the digest is in `format`
//
// The mark, "at <device> <inode> <depth>", came later than the rest, and its depth later still.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/crypto.h"
#include "catalog/model/entities.h"
#include "catalog/store/keys.h"
#include "storage/destination/give_up.h"
#include "storage/destination/write_plan.h"
#include "storage/file/key_file_io.h"

namespace breakwater::server::execute {

/// A SET makes a place the tenant's destination, or confirms it.
struct DestinationIntent {
  storage::WritePlan plan;  ///< without format_bytes in the record: those are IntentSpec::format
};

/// BACKUP KEY writes a file or an object.
struct KeyIntent {
  std::optional<storage::KeyFilePlan> plan{};  ///< nothing for an object, which the intent's URI names
  crypto::Sha256 digest{};                     ///< of the bytes to be written
  std::int64_t newest = 0;    ///< the newest master key in it; 0: an older version's, which didn't say
  bool is_protected = false;  ///< by a password
};

/// CHECK makes probes, and with them directories that are missing.
struct ProbeIntent {
  storage::WritePlan plan;  ///< one of make_only_probes(); without format_bytes in the record
  std::string place_key;    ///< Destination::place_key(), which the intent doesn't claim
};

/// RELEASE or RETIRE gives a place up.
struct GiveUpIntent {
  storage::GiveUpPlan plan;  ///< without format_bytes in the record: those are IntentSpec::format
};

using IntentRecord = std::variant<DestinationIntent, KeyIntent, ProbeIntent, GiveUpIntent>;

/// A key backup that was made, as the catalogue notes it.
catalog::KeyBackupNote note_of(const KeyIntent& made, const catalog::DestinationKey& key, Timestamp when);

Bytes encode_record(const IntentRecord& record);

/// Nothing: the intent holds neither a record nor what an older version wrote.
std::optional<IntentRecord> decode_record(const catalog::Intent& intent);

/// The place that the intent is about: the one that it claims, or whose proof a CHECK makes.
std::string place_of(const catalog::Intent& intent);

/// Whether it is a SET's that makes a format file.
bool is_claim(const catalog::Intent& intent);

/// Whether it is a CHECK's.
bool is_probe(const catalog::Intent& intent);

}  // namespace breakwater::server::execute
