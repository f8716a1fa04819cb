// The catalogue's tables, and how an older catalogue becomes a current one.
//
// Times are INTEGER microseconds since the epoch, booleans INTEGER 0 and 1. What each column means to a
// client stands in the views; what it means to us in types.h. `sealed…` columns hold crypto::seal() output
// under keys of keyring.h.
#pragma once

#include <cstdint>
#include <span>

#include "base/error.h"
#include "catalog/sqlite/sqlite.h"

namespace breakwater::catalog::schema {

/// PRAGMA application_id: "Brkw".
inline constexpr std::int64_t kApplicationId = 0x42726B77;

/// Step n (counted from 1) makes version n of a catalogue of version n - 1. Never changed once released.
using Step = const char*;
std::span<const Step> steps();

/// What a file is, without changing it.
enum class State : std::uint8_t {
  empty,    ///< no table, no application id: made, but never filled
  current,  ///< ours, of this version
  older,    ///< ours, to be migrated
  newer,    ///< ours, written by a newer program
  foreign,  ///< somebody else's
};
Result<State> inspect(sqlite::Connection& connection, std::span<const Step> steps);

/// Brings a catalogue of any older version (0: an empty file) to steps.size(). In the caller's transaction.
Result<> migrate(sqlite::Connection& connection, std::span<const Step> steps);

}  // namespace breakwater::catalog::schema
