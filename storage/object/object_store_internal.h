// Internal to ObjectStore: shared by its files.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "storage/object/object_client.h"
#include "storage/object/object_store.h"

namespace breakwater::storage {

/// Whether nothing may be asked of the store any more.
bool over(const Call& call);

/// The MD5 for the header Content-MD5, and for comparing with an ETag.
std::string md5_base64(std::span<const std::uint8_t> content);
std::string md5_hex(std::span<const std::uint8_t> content);

/// Whether the answer's ETag looks like an MD5 and differs from `md5`. Some stores use other sums of the same
/// length as ETags, so the object's content must decide.
bool doubtful_etag(const Provider& provider, const HttpReply& reply, std::string_view md5);

/// The outcome of a write, from its answer.
Result<PutOutcome> outcome_of(const ObjectClient& client, const StoreRequest& request,
                              const StoreAnswer& answer, bool create_only);

/// Adds the headers that make a write fail if the object exists.
void add_create_only(const Provider& provider, HttpHeaders& headers);

}  // namespace breakwater::storage
