// How a tenant gives a place up: the format file goes, or a tombstone takes its place. The intent records the plan.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "storage/destination/write_plan.h"

namespace breakwater::storage {

struct GiveUpPlan {
  std::uint64_t tenant_id = 0;
  std::string token{};                ///< part of its temporary files' names
  Bytes format_bytes{};               ///< of the format file that goes
  Bytes tombstone{};                  ///< what takes its place; empty: nothing, and all of ours goes with it
  std::string file_system{};          ///< of the place, as encode(FileSystem) writes it; empty in a bucket
  std::optional<AnchorMark> above{};  ///< of the directory above the place

  std::string temp_tombstone_name() const;
};

struct GivenUp {
  std::optional<Error> refused{};
  bool changed = false;  ///< something was written or removed, or may have been
  bool gone = false;     ///< the format file is gone, or the tombstone is in its place: the place is given up
};

/// What settling an operation finds.
enum class GiveUpState : std::uint8_t {
  ours,       ///< the format file is there still: nothing was given up
  gone,       ///< it isn't: the rest is done
  elsewhere,  ///< another directory or file system is there now: nobody knows
};

}  // namespace breakwater::storage
