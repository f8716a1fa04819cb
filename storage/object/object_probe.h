// Tries on probe objects what a backup does with objects; each operation is a row of the proof. Names and
// order are those of OceanBase's own check (docs/spec/behaviour.md#object-probes), but with a token after the
// time, so that two servers that try at the same time don't read each other's probes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/destination/proof.h"
#include "storage/destination/uri.h"
#include "storage/destination/write_plan.h"
#include "storage/object/object_store.h"

namespace breakwater::storage {

/// "check_file/<tenant>_overwriter_permission_file_<time>_<token>.obbak": the probe that exists from the
/// first row until remove(). On a store that ignores create-only writes it is the token of a claim
/// (backup_destination_object.h).
std::string token_name(const WritePlan& plan);
/// Whether `name` is the name of a token, of any server.
bool is_token_name(std::string_view name);

/// The names of all objects that a proof with this plan may have made.
std::vector<std::string> probe_names(const WritePlan& plan);

/// Deletes the object, or, if `mode` says so, tags it `delete_mode=tagging` and leaves it. A missing object
/// is no error.
Task<Result<>> discard(ObjectStore& store, DeleteMode mode, std::string_view name, const Call& call);

/// Aborts the unfinished uploads of a proof with this plan.
Task<Result<>> discard_uploads(ObjectStore& store, const WritePlan& plan, const Call& call);

/// Whether the object is tagged as deleted.
Task<Result<bool>> is_discarded(ObjectStore& store, std::string_view name, const Call& call);

/// One proof. The constructor's arguments must outlive it.
class ObjectProbe {
 public:
  ObjectProbe(ObjectStore& store, DeleteMode mode, const WritePlan& plan, Proof& proof, const Call& call);

  /// Makes all rows but the last: "create-only write", "write speed", "list", "read back", "read speed",
  /// "overwrite", "append", "multipart", and with tagging "tag". Stops after the first that fails.
  Task<> write();
  /// After write(): whether the store refused to create an existing object.
  bool honours_create_only() const { return honours_create_only_; }
  /// Whether anything may have been written.
  bool began() const { return began_; }

  /// The row "delete".
  Task<> remove();

 private:
  using Seen = Task<Result<std::string>>;

  Task<bool> row(std::string_view name, Seen&& check);
  Seen create_only();
  Seen list();
  Seen read_back();
  Seen overwrite();
  Seen append();
  Seen append_object();
  Seen append_parts();
  Seen multipart();
  Seen complete(std::string upload);
  Seen tag();
  Seen discard_all();
  Task<Result<>> expect(std::string_view name, std::span<const std::uint8_t> content);
  std::string speed(Proof::Moment since) const;

  ObjectStore& store_;
  const DeleteMode mode_;
  const WritePlan& plan_;
  Proof& proof_;
  const Call& call_;
  Bytes content_;
  bool began_ = false;
  bool honours_create_only_ = false;
};

}  // namespace breakwater::storage
