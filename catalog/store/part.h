// The store's role for a tenant's part of the catalogue in its logical form: what sets and archives hold.
//
// A part is text, one JSON object a line, rows by the names of tables and columns, so that it survives migrations:
//
//   {"schema_version":11,"scn":1700000000000000000,"history":"…"}
//                                                            what follows has this schema, and is as of this SCN
//   {"table":"account","row":{"tenant_id":1002,…}}           the row is there
//   {"table":"account","gone":{"tenant_id":1002,…}}          no row has this key any more
//   {"about":"resource_pool","row":{…}}                      for information; an import passes over it
//
// A value is null, a number, a text, {"blob":"base64"}, {"text":"base64"} (a text that isn't UTF-8), or
// {"sealed":"base64"}, {"sealed_text":"base64"}: a secret. Values that are secret (columns that the catalogue keeps sealed, hashes of passwords)
// never leave in clear: who exports gives the sealer, who imports the opener.
//
// Lines may be applied again: each says how a key is, not how it changed.
//
// `history` is a mark of 16 random bytes, which each commit that changes a tenant's part gets anew while the tenant archives. Two
// catalogues of which one is a copy of the other have the same mark for a tenant only where they have the same history of it: so
// a log goes on from a snapshot where its newest commit up to the snapshot's SCN has the snapshot's mark. Empty: the tenant
// doesn't archive, so that no log goes on from there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/secret.h"
#include "catalog/model/entities.h"
#include "catalog/model/scn.h"

namespace breakwater::catalog {

/// `identity` says which value it is (table, column, key), the same on export and import; to be authenticated with the
/// set's own identity.
class ValueSealer {
 public:
  virtual ~ValueSealer() = default;
  virtual Result<Bytes> seal(std::string_view identity, const Secret& plain) = 0;
};

class ValueOpener {
 public:
  virtual ~ValueOpener() = default;
  /// nullopt: there is no key for it here, and the value is left out. An error ends the import.
  virtual Result<std::optional<Secret>> open(std::string_view identity,
                                             std::span<const std::uint8_t> sealed) = 0;
};

/// Takes a part's lines, each without its line end. An error ends the export and is returned by it.
class LineSink {
 public:
  virtual ~LineSink() = default;
  virtual Result<> line(std::string_view line) = 0;
};

class PartReader {
 public:
  virtual ~PartReader() = default;

  /// The newest SCN that was given. What this reader sees of a tenant that archives is its state as of that SCN.
  virtual Result<Scn> last_scn() = 0;

  /// All rows of the tenant's part, in one state of the catalogue; returns its SCN. Reads on this thread until the
  /// end: not for an I/O thread. tenant_not_exist (5157).
  virtual Result<Scn> snapshot(TenantId tenant, ValueSealer& sealer, LineSink& sink) = 0;

  /// How each key is that changed after `after` (the SCN of an earlier set), in one state of the catalogue; returns its
  /// SCN. entry_not_exist (4018): not all of that is known any more (the tenant hasn't archived since, or changed more
  /// keys than are remembered), so that only a snapshot will do.
  virtual Result<Scn> changes(TenantId tenant, Scn after, ValueSealer& sealer, LineSink& sink) = 0;

  /// The log itself: each commit's changes in order, until about `max_bytes` of it were read. Each commit's lines follow
  /// one that says its schema version and SCN. entry_not_exist (4018): no round of the tenant's has that log.
  struct LogRead {
    Scn upto = 0;       ///< everything up to here was given
    bool more = false;  ///< there is more, up to last_scn()
    std::int64_t commits = 0;
    std::int64_t bytes = 0;  ///< of the log, as the catalogue holds it
    std::string history{};   ///< the mark of the last commit that was given; empty: none was
  };
  virtual Result<LogRead> log(TenantId tenant, Scn after, std::size_t max_bytes, ValueSealer& sealer,
                              LineSink& sink) = 0;

  /// The mark of a tenant's history at this SCN, in hexadecimal; empty: it isn't known, or the tenant doesn't archive.
  virtual Result<std::string> history_at(TenantId tenant, Scn scn) = 0;
};

/// A set's or a commit's first line, the one that says a schema version.
struct PartHead {
  Scn scn = 0;
  std::string history{};
  bool operator==(const PartHead&) const = default;
};
/// Whether the line is a head.
bool is_head(std::string_view line);
/// checksum_error (4103): it is none, or doesn't say its SCN.
Result<PartHead> read_head(std::string_view line);

/// A part's lines as rows again: a scratch database in memory, of the lines' schema version, which is migrated by the
/// catalogue's own steps where the lines go on in a newer one. One thread at a time; any thread.
class PartScratch {
 public:
  virtual ~PartScratch() = default;

  /// A line of snapshot(), changes() or log(), in their order: one after the other. Secrets are opened here.
  /// not_supported (1235): of a newer program. checksum_error (4103): no line of a part.
  virtual Result<> add(std::string_view line, ValueOpener& opener) = 0;
  /// Whether a setting is one that a statement could make, here: a row of `table` (global_variable, tenant_parameter,
  /// backup_delete_policy) by its name and its value. One that isn't is left out.
  using SettingCheck =
      std::function<bool(std::string_view table, std::string_view name, std::string_view value)>;
  /// No line follows: brings the rows to this program's schema version, and checks each as its statement would.
  /// checksum_error (4103): one that no statement makes. size_overflow (4019): more rows than a part may have (part_check.h).
  virtual Result<> finish(const SettingCheck& check = {}) = 0;
  /// The name that the tenant had; empty before there is a row of it.
  virtual Result<std::string> tenant_name() = 0;

  /// Bytes of rows and secrets that one may hold, however many lines there were; more is size_overflow (4019).
  static constexpr std::size_t kMaxBytes = std::size_t{256} << 20U;
};
/// `most`: bytes that it may hold.
Result<std::unique_ptr<PartScratch>> make_part_scratch(std::size_t most = PartScratch::kMaxBytes);

/// What an import is given besides the rows.
struct PartTarget {
  TenantId id = 0;             ///< that RestoreWriter::begin() gave it; 0: the next one
  bool lock_accounts = false;  ///< nobody vouches for the rows: nobody gets in, by an empty password neither
  std::string name{};          ///< of the new tenant
  std::string role = "PRIMARY";      ///< TENANT_ROLE: RESTORE while a restore isn't done
  std::vector<std::string> pools{};  ///< resource pools; empty: one of its own
};

struct PartReport {
  TenantId tenant = 0;
  std::int64_t rows = 0;
  /// What a key was missing for, by name: "master key 1", "password of 'u'@'%'", "parameter external_kms_info".
  /// Such an account is locked, such a key or parameter isn't there.
  std::vector<std::string> left_out{};
  bool all_locked = false;  ///< by PartTarget::lock_accounts
  /// Settings that a restored tenant doesn't take over, without secrets: "DATA_BACKUP_DEST=file:///…".
  std::vector<std::string> settings{};
};

/// A tenant that comes into a catalogue some rows a commit, so that nobody's writes wait for long. It is there from the first of
/// them on, locked and with the role RESTORE, so that nobody gets in; after the last it is as it is to be. In between an error, or
/// the end of the server, leaves what PartWriter::clear_import() removes.
class PartImport {
 public:
  virtual ~PartImport() = default;
};
/// `scratch` is finished, and outlives it. checksum_error (4103): it holds no tenant.
Result<std::unique_ptr<PartImport>> make_part_import(PartScratch& scratch, PartTarget target);

class PartWriter {
 public:
  virtual ~PartWriter() = default;

  /// Gives the next SCN: every change that is committed later has a greater one, every change that is in the catalogue
  /// already a smaller one, also of jobs before this one in the same commit as far as a tenant's round is concerned.
  virtual Result<Scn> next_scn() = 0;

  /// A finished scratch's tenant under a new id and the target's name. Secrets are sealed anew for their new rows. It
  /// has no destination and is in NOARCHIVELOG mode. tenant_exist (5156); the errors of pools as TenantWriter::create().
  virtual Result<PartReport> import(PartScratch& scratch, const PartTarget& target) = 0;

  // ---- the same in several commits: begin_import(), import_rows() while it returns true, end_import()

  /// What one commit takes of an import: rows, or bytes of them, whichever is first. A few milliseconds.
  static constexpr std::int64_t kRowsAtOnce = 500;
  static constexpr std::size_t kBytesAtOnce = std::size_t{1} << 20U;

  /// The errors of import().
  virtual Result<> begin_import(PartImport& import) = 0;
  /// Returns whether there are more. tenant_not_exist (5157): it was dropped meanwhile.
  virtual Result<bool> import_rows(PartImport& import) = 0;
  virtual Result<PartReport> end_import(PartImport& import) = 0;
  /// Takes back some rows of an import that wasn't ended, then the tenant. Returns whether there is more. Nothing of a tenant
  /// whose role isn't RESTORE, or that was ended.
  virtual Result<bool> clear_import(TenantId tenant) = 0;
};

}  // namespace breakwater::catalog
