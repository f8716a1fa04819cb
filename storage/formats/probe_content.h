// What probes hold: the files and objects by which a proof finds out what a destination can do. Each begins with a
// magic and has one of a few shapes, so that what a proof could not remove is known for what it is by any server, and
// by a later one (docs/spec/behaviour.md#left-probes).
//
// All functions are pure; any thread may call them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"

namespace breakwater::storage {

inline constexpr std::string_view kProbeMagic = "Breakwater probe 1\n";

/// Enough to tell a slow disk or connection from a fast one, and written quickly.
inline constexpr std::size_t kProbeBytes = std::size_t{256} << 10U;
inline constexpr std::string_view kToOverwriteProbe = "Breakwater probe 1\nIt is to be overwritten.\n";
inline constexpr std::string_view kOverwrittenProbe = "Breakwater probe 1\nIt can be overwritten.\n";
inline constexpr std::string_view kAppendedProbe = "Breakwater probe 1\nIt can be appended to.\n";

/// Of the first one, where nothing is told of speed.
inline constexpr std::size_t kBriefProbeBytes = std::size_t{4} << 10U;
/// kProbeBytes that begin with the magic: what is written first.
const Bytes& probe_block();

/// Whether these are the bytes of a probe file, at whatever moment its proof was stopped: the beginning, or all, of a
/// block, or of what was overwritten and then appended to. So an empty file is one.
bool is_probe_file(std::span<const std::uint8_t> whole);

/// Whether an object of so many bytes that begins with `head` (as many bytes as the magic has) is a probe.
bool is_probe_size(std::uint64_t size);
bool is_probe_head(std::span<const std::uint8_t> head);

/// A probe that is as old as that belongs to no proof that still runs: SET and CHECK remove it.
inline constexpr Timestamp kStaleProbe = Timestamp{10} * 60 * 1'000'000;
/// Whether what was written at `written` is stale at `now`, both by the clock of the storage.
inline bool is_stale_probe(Timestamp written, Timestamp now) {
  return now - written >= kStaleProbe;
}

/// So many things that look like probes are looked into. What comes behind them counts like anything else.
inline constexpr std::size_t kMostLeftProbes = 200;

}  // namespace breakwater::storage
