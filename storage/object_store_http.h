// The ObjectStore that is. Only for object_store*.cpp.
#pragma once

#include "storage/object_store.h"

namespace breakwater::storage {

class HttpObjectStore final : public ObjectStore {
 public:
  HttpObjectStore(const Destination& destination, BucketAddress address, ObjectClientOptions options);

  const Provider& provider() const override { return client_.provider(); }
  std::string key_of(std::string_view name) const override;
  std::string url() const override;
  std::optional<std::chrono::seconds> clock_offset() const override { return client_.clock_offset(); }
  Task<std::vector<ConnectStep>> try_connect(const Call& call) override { return client_.try_connect(call); }

  Task<Result<std::optional<ObjectInfo>>> head(std::string_view name, const Call& call) override;
  Task<Result<std::optional<Bytes>>> get(std::string_view name, std::size_t limit, const Call& call) override;
  Task<Result<bool>> get(std::string_view name, std::optional<ByteRange> range, Sink& sink,
                         const Call& call) override;
  Task<Result<PutOutcome>> put(std::string_view name, std::span<const std::uint8_t> content,
                               const PutOptions& options, const Call& call) override;
  Task<Result<PutOutcome>> put(std::string_view name, Source& source, const PutOptions& options,
                               const Call& call) override;
  Task<Result<PutOutcome>> put_multipart(std::string_view name, Source& source, const PutOptions& options,
                                         const Call& call) override;
  Task<Result<ObjectList>> list(const ListOptions& options, const Call& call) override;
  Task<Result<>> remove(std::string_view name, const Call& call) override;
  Task<Result<>> remove_many(std::span<const std::string> names, const Call& call) override;
  Task<Result<bool>> put_tags(std::string_view name, std::span<const Tag> tags, const Call& call) override;
  Task<Result<std::optional<std::vector<Tag>>>> get_tags(std::string_view name, const Call& call) override;
  Task<Result<std::uint64_t>> append(std::string_view name, std::uint64_t position,
                                     std::span<const std::uint8_t> content, const Call& call) override;
  Task<Result<Upload>> begin_multipart(std::string_view name, const PutOptions& options,
                                       const Call& call) override;
  Task<Result<Part>> put_part(std::string_view name, std::string_view upload_id, std::uint32_t number,
                              std::span<const std::uint8_t> content, const Call& call) override;
  Task<Result<PutOutcome>> complete_multipart(std::string_view name, std::string_view upload_id,
                                              std::span<const Part> parts, const PutOptions& options,
                                              const Call& call) override;
  Task<Result<>> abort_multipart(std::string_view name, std::string_view upload_id,
                                 const Call& call) override;
  Task<Result<>> abort_uploads(std::string_view name, const Call& call) override;

 private:
  Result<StoreRequest> request_for(std::string_view doing, std::string_view method,
                                   std::string_view name) const;
  HttpHeaders range_headers(const std::string& bytes) const;
  std::string relative(std::string_view key) const;
  bool is_md5(const HttpReply& reply, std::string_view etag) const;
  Result<> check_etag(const StoreRequest& request, const HttpReply& reply, std::string_view md5_hex) const;
  Result<PutOutcome> outcome_of(const StoreRequest& request, const StoreAnswer& answer,
                                bool create_only) const;
  Task<Result<bool>> fetch(const StoreRequest& request, std::optional<ByteRange> range, const Call& call);
  Task<Result<StoreAnswer>> complaint_behind_head(const StoreRequest& head, const Call& call);
  Task<Result<>> remove_some(std::span<const std::string> names, const Call& call);
  Task<Result<bool>> holds(std::string_view name, std::uint64_t position,
                           std::span<const std::uint8_t> content, const Call& call);
  Task<Result<std::vector<Part>>> put_parts(std::string_view name, const std::string& upload_id,
                                            Source& source, std::size_t part_size, const Call& call);

  const std::string directory_;  ///< with '/' at its end, or empty
  ObjectClient client_;
};

/// "Content-MD5" and what it is to be compared with.
std::string md5_base64(std::span<const std::uint8_t> content);
std::string md5_hex(std::span<const std::uint8_t> content);

}  // namespace breakwater::storage
