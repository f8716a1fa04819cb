#include "storage/object/xml_answer.h"

#include <sstream>

#include <pugixml.hpp>

#include "base/text.h"
#include "storage/http/http_message.h"

namespace breakwater::storage {
namespace {

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(const pugi::xml_node& parent, std::string_view name) {
  for (const pugi::xml_node& node : parent.children())
    if (local_name(node) == name) return node;
  return {};
}

std::string text_of(const pugi::xml_node& parent, std::string_view name) {
  return child(parent, name).child_value();
}

class DepthCheck final : public pugi::xml_tree_walker {
 public:
  bool for_each(pugi::xml_node&) override { return depth() < kMaxXmlDepth; }
};

// A document whose root has that name.
class Answer {
 public:
  Answer(std::string_view xml, std::string_view root) {
    if (xml.size() > kMaxXml || !document_.load_buffer(xml.data(), xml.size(), pugi::parse_default)) return;
    DepthCheck check;
    if (!document_.traverse(check)) return;
    if (local_name(document_.document_element()) == root) root_ = document_.document_element();
  }

  explicit operator bool() const { return !root_.empty(); }
  const pugi::xml_node& root() const { return root_; }

 private:
  pugi::xml_document document_;
  pugi::xml_node root_;
};

StoreComplaint complaint_of(const pugi::xml_node& node) {
  return {.code = text_of(node, "Code"),
          .message = text_of(node, "Message"),
          .request_id = text_of(node, "RequestId"),
          .region = text_of(node, "Region"),
          .endpoint = text_of(node, "Endpoint"),
          .detail = text_of(node, "EC")};
}

// With encoding-type=url, keys are percent-encoded and blanks are '+'.
std::string key_text(std::string_view text, bool encoded) {
  if (!encoded) return std::string(text);
  std::string spaced(text);
  for (char& c : spaced)
    if (c == '+') c = ' ';
  return percent_decode(spaced);
}

std::string written(const pugi::xml_document& document) {
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration);
  return std::move(out).str();
}

void append_text(pugi::xml_node parent, const char* name, const std::string& text) {
  parent.append_child(name).text().set(text.c_str());
}

}  // namespace

std::string without_quotes(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

std::optional<StoreComplaint> parse_complaint(std::string_view xml) {
  const Answer answer(xml, "Error");
  if (!answer) return std::nullopt;
  return complaint_of(answer.root());
}

std::optional<KeyPage> parse_list(std::string_view xml) {
  const Answer answer(xml, "ListBucketResult");
  if (!answer) return std::nullopt;
  const bool encoded = text_of(answer.root(), "EncodingType") == "url";
  KeyPage page;
  for (const pugi::xml_node& node : answer.root().children()) {
    const std::string_view name = local_name(node);
    if (name == "Contents") {
      const auto size = whole_number<std::uint64_t>(text_of(node, "Size"));
      if (!size) return std::nullopt;
      page.objects.push_back({.name = key_text(text_of(node, "Key"), encoded),
                              .size = *size,
                              .etag = without_quotes(text_of(node, "ETag")),
                              .append_position = {},
                              .modified = parse_iso_time(text_of(node, "LastModified"))});
    } else if (name == "IsTruncated") {
      page.truncated = iequals(node.child_value(), "true");
    } else if (name == "NextContinuationToken") {
      page.next_marker = node.child_value();
    } else if (name == "NextMarker") {
      page.next_marker = key_text(node.child_value(), encoded);
    }
  }
  return page;
}

std::optional<std::string> parse_upload_id(std::string_view xml) {
  const Answer answer(xml, "InitiateMultipartUploadResult");
  std::string id = answer ? text_of(answer.root(), "UploadId") : "";
  if (id.empty()) return std::nullopt;
  return id;
}

std::optional<std::vector<std::string>> parse_uploads(std::string_view xml, std::string_view key) {
  const Answer answer(xml, "ListMultipartUploadsResult");
  if (!answer) return std::nullopt;
  const bool encoded = text_of(answer.root(), "EncodingType") == "url";
  std::vector<std::string> ids;
  for (const pugi::xml_node& node : answer.root().children()) {
    if (local_name(node) == "Upload" && key_text(text_of(node, "Key"), encoded) == key)
      ids.push_back(text_of(node, "UploadId"));
  }
  return ids;
}

std::optional<std::string> parse_completed(std::string_view xml) {
  const Answer answer(xml, "CompleteMultipartUploadResult");
  if (!answer) return std::nullopt;
  return without_quotes(text_of(answer.root(), "ETag"));
}

std::optional<std::vector<Tag>> parse_tags(std::string_view xml) {
  const Answer answer(xml, "Tagging");
  if (!answer) return std::nullopt;
  std::vector<Tag> tags;
  for (const pugi::xml_node& node : child(answer.root(), "TagSet").children())
    if (local_name(node) == "Tag")
      tags.push_back({.key = text_of(node, "Key"), .value = text_of(node, "Value")});
  return tags;
}

std::optional<DeleteAnswer> parse_deleted(std::string_view xml) {
  const Answer answer(xml, "DeleteResult");
  if (!answer) return std::nullopt;
  DeleteAnswer found;
  for (const pugi::xml_node& node : answer.root().children()) {
    if (local_name(node) == "Error")
      return DeleteAnswer{.failed_key = text_of(node, "Key"), .complaint = complaint_of(node)};
    if (local_name(node) == "Deleted") ++found.deleted;
  }
  return found;
}

std::string tagging_xml(std::span<const Tag> tags) {
  pugi::xml_document document;
  pugi::xml_node set = document.append_child("Tagging").append_child("TagSet");
  for (const Tag& tag : tags) {
    pugi::xml_node node = set.append_child("Tag");
    append_text(node, "Key", tag.key);
    append_text(node, "Value", tag.value);
  }
  return written(document);
}

std::string delete_xml(std::span<const std::string> keys, bool quiet) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("Delete");
  append_text(root, "Quiet", quiet ? "true" : "false");
  for (const std::string& key : keys) append_text(root.append_child("Object"), "Key", key);
  return written(document);
}

std::string complete_xml(std::span<const Part> parts) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("CompleteMultipartUpload");
  for (const Part& part : parts) {
    pugi::xml_node node = root.append_child("Part");
    append_text(node, "PartNumber", std::to_string(part.number));
    append_text(node, "ETag", "\"" + part.etag + "\"");
  }
  return written(document);
}

}  // namespace breakwater::storage
