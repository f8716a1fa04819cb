// The audit's lines: JSON, one object a line (docs/audit.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/model/audit.h"

namespace breakwater::server {

/// Ends with a line break. A row of the catalogue begins with {"id":, so that it is found again without reading the rest.
std::string audit_line(const catalog::AuditEntry& entry);

/// That so many lines were lost, since there was no room for them.
std::string lost_line(std::uint64_t lines, Timestamp now);

/// The first line of a file: the catalogue's rows up to `written` are in older files.
std::string first_line(std::int64_t written, Timestamp now);

/// What a line begins with: a row's id, or the first line's `written`.
std::optional<std::int64_t> id_of_line(std::string_view line);
std::optional<std::int64_t> written_of_line(std::string_view line);

}  // namespace breakwater::server
