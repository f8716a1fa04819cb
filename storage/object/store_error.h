// Makes our errors from the answers of a store and from the failures of the way to it
// (docs/spec/behaviour.md#store-errors). The hint says what the store said and what to do. It never contains
// a key, a signature or a header of ours, even if the store sends them back.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "storage/http/http_connection.h"
#include "storage/object/provider.h"
#include "storage/object/xml_answer.h"

namespace breakwater::storage {

/// Texts that must not be shown. The views must stay valid as long as this.
struct Confidential {
  std::string_view access_key{};  ///< never sent
  std::string_view
      session_token{};  ///< sent in a header: whoever answers may repeat it, in whatever spelling
};

/// The answer's <Error>, with the request's id from the headers if the body has none.
StoreComplaint complaint_of(const HttpReply& reply, const Provider& provider);

/// `doing`: "writing the object a/b". For answers that aren't a success.
Error store_error(const Provider& provider, std::string_view doing, unsigned status,
                  const StoreComplaint& complaint, const Confidential& hidden);
/// The same for a whole answer. A 400 or 404 with a body but without <Error> isn't a store's answer:
/// invalid_object_storage_endpoint (9118), with its first words in the hint.
Error store_error(const Provider& provider, std::string_view doing, const HttpReply& reply,
                  const StoreComplaint& complaint, const Confidential& hidden);

/// The error for an answer that makes no sense: Provider::other_error. The hint shows the first words of `body`.
Error nonsense_error(const Provider& provider, std::string_view doing, std::string_view what,
                     std::string_view body = {}, const Confidential& hidden = {});

Error transport_error(std::string_view doing, const TransportFailure& failure);

/// Whether the same request may succeed soon (docs/spec/storage.md#retries).
bool worth_retrying(unsigned status, std::string_view code);

}  // namespace breakwater::storage
