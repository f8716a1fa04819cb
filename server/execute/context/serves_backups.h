// Whether this program makes backups and archives logs.
#pragma once

namespace breakwater::server::execute {

/// The rooms for it are built and tested, but the whole isn't yet what docs/backups.md promises: a backup can't be restored,
/// and what is said of one isn't always proved by the medium. Until then BACKUP is 1235, and ARCHIVELOG sets a mode alone.
/// The CMake option BREAKWATER_BACKUPS is for working on it.
inline constexpr bool kServesBackups = BREAKWATER_BACKUPS != 0;

}  // namespace breakwater::server::execute
