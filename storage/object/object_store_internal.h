// Internal to ObjectStore: what both of its files need.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "storage/object/object_client.h"
#include "storage/object/object_store.h"

namespace breakwater::storage {

/// "Content-MD5" and what it is to be compared with.
std::string md5_base64(std::span<const std::uint8_t> content);
std::string md5_hex(std::span<const std::uint8_t> content);

/// checksum_error (4103) if the answer's ETag is an MD5, and another one.
Result<> check_etag(const Provider& provider, const StoreRequest& request, const HttpReply& reply,
                    std::string_view md5);

/// What an answer to a write means.
Result<PutOutcome> outcome_of(const ObjectClient& client, const StoreRequest& request,
                              const StoreAnswer& answer, bool create_only);

/// Makes a write fail if the object is there.
void add_create_only(const Provider& provider, HttpHeaders& headers);

}  // namespace breakwater::storage
