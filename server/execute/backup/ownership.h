// Whose a place is, by its format file: the tenant's own, or why not. Whose it is (names, ids, dates) is told to sessions
// whose login tenant is sys; others read "another tenant or cluster".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "catalog/model/entities.h"
#include "catalog/store/store.h"
#include "server/execute/context/statement.h"
#include "storage/formats/format_file.h"
#include "storage/formats/tombstone.h"

namespace breakwater::server::execute {

/// Why a place isn't the tenant's.
struct Foreign {
  std::string discreet{};  ///< for everybody
  std::string in_full{};   ///< for who logged in to sys
};

/// As a format file says it.
std::int64_t type_of(catalog::DestinationKind kind);

/// Whether the format file names another cluster, tenant, path or kind than `expected`; its number doesn't matter.
std::optional<Foreign> named_otherwise(const storage::FormatFile& found, const storage::FormatFile& expected);

/// The same, and the number must be that of `row`, the catalogue's of the place.
std::optional<Foreign> not_of_this_tenant(const storage::FormatFile& found,
                                          const storage::FormatFile& expected,
                                          const std::optional<catalog::Destination>& row);

/// What a tombstone says.
Foreign retired(const storage::Tombstone& tombstone);

/// format_file_not_match (9081) with this reason.
Error not_ours(const std::string& why);

/// Whether the session's login tenant is sys.
bool told_in_full(const Statement& statement);

/// "2026-11-29 16:00:00 UTC"
std::string date_text(Timestamp time);

/// What a check file of this installation ends with in the place of this format file. Empty if the bytes aren't one's.
Bytes proof_of_place(const catalog::Store& store, const Bytes& format_bytes);

}  // namespace breakwater::server::execute
