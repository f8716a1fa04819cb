// The differences between object stores: each has a Provider, in a file of its own (storage/object/oss.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "storage/destination/scheme.h"

namespace breakwater::storage {

struct Credentials;
struct Destination;
struct HttpRequest;

/// What a signature needs besides the request.
struct SigningInput {
  const Credentials& credentials;
  std::string_view region;                   ///< from region_of(); may be empty
  std::string_view payload_hash;             ///< of the body, see Provider::signs_payload
  std::optional<std::uint64_t> body_size{};  ///< of a request that has a body
  Timestamp now = 0;
};

/// The meaning of an error code of a store.
struct StoreErrorRow {
  std::string_view code;  ///< <Code>, or OSS's <EC>
  Errc error;
  std::string_view advice;  ///< ends the hint: what to do
};

struct Provider {
  std::string_view name{};                ///< "S3"
  std::string_view create_only_header{};  ///< with create_only_value: fail if the object is there
  std::string_view create_only_value{};
  std::string_view range_header{};  ///< makes ranges mean what RFC 9110 says; empty: they do without it
  std::string_view range_value{};
  std::string_view append_method{};         ///< empty: there is no append
  std::string_view next_position_header{};  ///< of an appendable object
  std::string_view request_id_header{};
  std::string_view token_header{};          ///< for a session token
  std::string_view encryption_header{};     ///< in answers: the ETag may be no MD5 then
  bool list_v2 = false;                     ///< pages by continuation-token; otherwise by marker
  bool list_may_lag = false;                ///< a list may miss what was just written
  bool signs_payload = false;               ///< signatures need the body's SHA-256, or "UNSIGNED-PAYLOAD"
  std::uint64_t min_part_size = 0;          ///< of a multipart upload, all parts but the last
  Errc other_error = Errc::s3_error;        ///< for failures that have no other error
  std::span<const StoreErrorRow> errors{};  ///< codes that no other store has; store_error.cpp has the others

  /// The region that requests are signed for, from the URI or from its endpoint's host (lower case, without
  /// the bucket). Empty: none.
  std::string (*region_of)(const Destination& destination, std::string_view host) = nullptr;

  /// Adds the headers of the signature to the request. Pure.
  void (*sign)(HttpRequest& request, const SigningInput& input) = nullptr;
};

/// The providers, by the names of their schemes. Each is defined in storage/object/<scheme>.cpp.
namespace providers {
#define BW_OBJECT_STORE(scheme, ...) extern const Provider scheme;
#include "storage/destination/object_stores.inc"
#undef BW_OBJECT_STORE
}  // namespace providers

/// Null if the scheme is not that of an object store.
const Provider* provider_of(Scheme scheme);

/// If `host` is `before`, some text and `after`: that text. Nullopt otherwise, and if the text is empty.
std::optional<std::string> between(std::string_view host, std::string_view before, std::string_view after);

}  // namespace breakwater::storage
