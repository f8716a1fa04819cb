// The store's role for the audit: a row for each statement that changed something, in the transaction of the change.
// From here they go into the audit's file (server/audit/audit_trail.h).
//
// They are bookkeeping of this catalogue: no log of changes, tenant's part, archive or backup has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/model/audit.h"

namespace breakwater::catalog {

class AuditReader {
 public:
  virtual ~AuditReader() = default;

  /// The rows behind `id`, the oldest first, at most `limit`.
  virtual Result<std::vector<AuditEntry>> after(std::int64_t id, std::int64_t limit) = 0;
  /// One row; none: it was one too many (kMaxWaiting).
  virtual Result<std::optional<AuditEntry>> find(std::int64_t id) = 0;
  /// What AuditWriter::put() was told last. 0: there is no row.
  virtual Result<std::int64_t> written() = 0;
  /// The newest row's id. 0: there is none.
  virtual Result<std::int64_t> newest() = 0;
};

class AuditWriter {
 public:
  virtual ~AuditWriter() = default;

  /// Rows that stay when they are in the file, for the view after a restart.
  static constexpr std::int64_t kKept = 1'000;
  /// Rows that may wait until the file can be written. The oldest that is one too many is lost.
  static constexpr std::int64_t kMaxWaiting = 10'000;

  /// So many go at once, and stay until then.
  static constexpr std::int64_t kGoTogether = 16;

  /// The next row's id, for a put() in the same job. Ids have no gaps: what is taken back is given again.
  virtual Result<std::int64_t> next_id() = 0;
  /// Makes the row, or, of one that the same statement has made before, puts it in its place. `written`: all rows up to
  /// this one are in the file, which lets old ones go.
  virtual Result<> put(const AuditEntry& entry, std::int64_t written) = 0;
};

/// The events of a job as AuditEntry::changes; at most kMaxOfJob of EventWriter, the rest counted.
std::string changes_text(const std::vector<Event>& events);

}  // namespace breakwater::catalog
