// Reads and writes the XML of object stores. Names are compared without their namespace prefix; elements that
// don't matter are skipped. The store isn't trusted: size and depth are limited, entities and DTDs are not
// expanded.
//
// All functions are pure; any thread may call them. They return nullopt if the text is no such answer or is
// beyond a limit.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/object/object_types.h"

namespace breakwater::storage {

inline constexpr std::size_t kMaxXml = std::size_t{2} << 20U;
inline constexpr int kMaxXmlDepth = 16;

/// <Error>: what a store says about a failure. Every text may be empty; none is to be trusted.
struct StoreComplaint {
  std::string code{};
  std::string message{};
  std::string request_id{};
  std::string region{};    ///< the bucket's, if the request was signed for another one
  std::string endpoint{};  ///< the bucket's
  std::string detail{};    ///< OSS's <EC>
};
std::optional<StoreComplaint> parse_complaint(std::string_view xml);

/// A page of a list. The names of `objects` are whole keys.
struct KeyPage {
  std::vector<ObjectInfo> objects{};
  bool truncated = false;
  std::string next_marker{};  ///< NextMarker or NextContinuationToken; may be missing although truncated
};
std::optional<KeyPage> parse_list(std::string_view xml);

std::optional<std::string> parse_upload_id(std::string_view xml);

/// The ids of the unfinished uploads of `key`, from a page of ListMultipartUploads.
std::optional<std::vector<std::string>> parse_uploads(std::string_view xml, std::string_view key);

/// CompleteMultipartUploadResult's ETag, without quotes.
std::optional<std::string> parse_completed(std::string_view xml);

std::optional<std::vector<Tag>> parse_tags(std::string_view xml);

/// The first object that DeleteObjects could not remove, and why. The key is empty if there is none.
struct DeleteAnswer {
  std::size_t deleted = 0;  ///< those that the store names as removed
  std::string failed_key{};
  StoreComplaint complaint{};
};
std::optional<DeleteAnswer> parse_deleted(std::string_view xml);

std::string tagging_xml(std::span<const Tag> tags);
/// `quiet`: the answer names those that stay, otherwise also those that are removed.
std::string delete_xml(std::span<const std::string> keys, bool quiet);
std::string complete_xml(std::span<const Part> parts);

std::string without_quotes(std::string_view etag);

}  // namespace breakwater::storage
