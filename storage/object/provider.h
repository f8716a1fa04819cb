// What differs between object stores: a Provider for each, in a file of its own (storage/object/oss.cpp).
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

/// What a signature needs beside the request.
struct SigningInput {
  const Credentials& credentials;
  std::string_view region;                   ///< of region_of(); may be empty
  std::string_view payload_hash;             ///< of the body, as Provider::signs_payload says
  std::optional<std::uint64_t> body_size{};  ///< of a request that has a body
  Timestamp now = 0;
};

/// What an error code of a store means.
struct StoreErrorRow {
  std::string_view code;  ///< <Code>, or OSS's <EC>
  Errc error;
  std::string_view advice;  ///< ends the hint: what to do
};

struct Provider {
  std::string_view name{};                ///< "S3"
  std::string_view create_only_header{};  ///< with create_only_value: fail if the object is there
  std::string_view create_only_value{};
  std::string_view range_header{};  ///< what makes ranges mean what RFC 9110 says; empty: they do
  std::string_view range_value{};
  std::string_view append_method{};         ///< empty: there is no append
  std::string_view next_position_header{};  ///< of an appendable object
  std::string_view request_id_header{};
  std::string_view encryption_header{};     ///< in answers: the ETag may be no MD5 then
  bool list_v2 = false;                     ///< pages by continuation-token; otherwise by marker
  bool list_may_lag = false;                ///< a list may miss what was just written
  bool signs_payload = false;               ///< signatures need the body's SHA-256, or "UNSIGNED-PAYLOAD"
  std::uint64_t min_part_size = 0;          ///< of a multipart upload, all parts but the last
  Errc other_error = Errc::s3_error;        ///< for what no other code fits
  std::span<const StoreErrorRow> errors{};  ///< codes that no other store has; the rest: store_error.cpp

  /// The region that requests are signed for, by the URI or by its endpoint's host (lower case, without the
  /// bucket). Empty: none.
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

/// Null: the scheme is no object store's.
const Provider* provider_of(Scheme scheme);

/// What stands between `before` and `after`, if the host is made so and that isn't empty.
std::optional<std::string> between(std::string_view host, std::string_view before, std::string_view after);

}  // namespace breakwater::storage
