// The store's role for the log archive: LOG_ARCHIVE_DEST, LOG_ARCHIVE_DEST_STATE and LOG_MODE.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "catalog/model/entities.h"

namespace breakwater::catalog {

class ArchiveReader {
 public:
  virtual ~ArchiveReader() = default;

  /// LOG_ARCHIVE_DEST; nothing if it isn't set, even where LOG_ARCHIVE_DEST_STATE is.
  virtual Result<std::optional<ArchiveDest>> destination(TenantId tenant) = 0;
};

/// tenant_not_exist (5157) from each.
class ArchiveWriter {
 public:
  virtual ~ArchiveWriter() = default;

  /// LOG_ARCHIVE_DEST: all its rows become these.
  virtual Result<> set_destination(TenantId tenant, const ArchiveDest& dest) = 0;
  /// LOG_ARCHIVE_DEST = '': no row of it is left; the destinations stay, but what file systems they were on is
  /// forgotten.
  virtual Result<> clear_destination(TenantId tenant) = 0;
  /// LOG_ARCHIVE_DEST_STATE, with a destination or without one.
  virtual Result<> set_state(TenantId tenant, std::string_view state) = 0;
  /// LOG_MODE. already_in_archive_mode (9091), already_in_noarchive_mode (9092).
  virtual Result<> set_archivelog(TenantId tenant, bool on) = 0;
};

}  // namespace breakwater::catalog
