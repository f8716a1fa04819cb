// From what a store answers, or how the way to it failed, to our errors
// (docs/spec/behaviour.md#store-errors). The hint says what the store said and what to do; it never holds a
// key, a signature or a header of ours, even if the store sends them back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "storage/http/http_connection.h"
#include "storage/object/provider.h"
#include "storage/object/xml_answer.h"

namespace breakwater::storage {

/// What must not be shown. Views must live as long as this.
using Confidential = std::vector<std::string_view>;

/// The answer's <Error>, with the request's id from the headers where the body has none.
StoreComplaint complaint_of(const HttpReply& reply, const Provider& provider);

/// `doing`: "writing the object a/b". For answers that aren't a success.
Error store_error(const Provider& provider, std::string_view doing, unsigned status,
                  const StoreComplaint& complaint, const Confidential& hidden);
Error store_error(const Provider& provider, std::string_view doing, const HttpReply& reply,
                  const Confidential& hidden);

/// An answer that makes no sense, by the provider's own error.
Error nonsense_error(const Provider& provider, std::string_view doing, std::string_view what);

Error transport_error(std::string_view doing, const TransportFailure& failure);

/// May the same request succeed in a moment? (docs/spec/storage.md#retries)
bool worth_retrying(unsigned status, std::string_view code);

}  // namespace breakwater::storage
