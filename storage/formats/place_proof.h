// The proof that a place is this installation's: a MAC that a check file carries behind the bytes that OceanBase reads.
// docs/destinations.md#proof-of-a-place
//
// Version 1 is 48 bytes: "Breakwater MAC 1" and an HMAC-SHA256 of place_text().
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/error.h"

namespace breakwater::storage {

/// What the MAC is made of: a label, then cluster, tenant, number (8 bytes each, little-endian), and path and the format
/// file's bytes, each behind its length (8 bytes). format_file_not_match (9081) if they are no format file's.
Result<Bytes> place_text(std::span<const std::uint8_t> format_bytes);

/// The bytes of a proof with this MAC.
Bytes encode_proof(std::span<const std::uint8_t> mac);

/// Whether a check file ends with a proof, of whatever installation.
bool has_proof(std::span<const std::uint8_t> check_file);
/// Whether it ends with this one. An empty one: always.
bool ends_with_proof(std::span<const std::uint8_t> check_file, std::span<const std::uint8_t> proof);

}  // namespace breakwater::storage
