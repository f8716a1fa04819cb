// What a backup does with objects, tried out on probes: each operation a row of the proof. Names and order
// are those of OceanBase's own check (docs/spec/behaviour.md#object-probes), with a token after the time: two
// servers that try at once must not read each other's probes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/destination/proof.h"
#include "storage/destination/uri.h"
#include "storage/destination/write_plan.h"
#include "storage/object/object_store.h"

namespace breakwater::storage {

/// "check_file/<tenant>_overwriter_permission_file_<time>_<token>.obbak": the probe that is there from the
/// first row until remove(). Where create-only writes are ignored it stands for a claim that is being made.
std::string token_name(const WritePlan& plan);
/// Whether `name` is a token's, of any server.
bool is_token_name(std::string_view name);

/// Every object that a proof with this plan may have made.
std::vector<std::string> probe_names(const WritePlan& plan);

/// As delete_mode says: deletes the object, or tags it `delete_mode=tagging` and leaves it. A missing one is
/// fine.
Task<Result<>> discard(ObjectStore& store, DeleteMode mode, std::string_view name, const Call& call);

/// Gives up the unfinished uploads of a proof with this plan.
Task<Result<>> discard_uploads(ObjectStore& store, const WritePlan& plan, const Call& call);

/// Whether the object is tagged as deleted.
Task<Result<bool>> is_discarded(ObjectStore& store, std::string_view name, const Call& call);

/// One proof. What it is made with must outlive it.
class ObjectProbe {
 public:
  ObjectProbe(ObjectStore& store, DeleteMode mode, const WritePlan& plan, Proof& proof, const Call& call);

  /// Every row but the last: "create-only write", "write speed", "list", "read back", "read speed",
  /// "overwrite", "append", "multipart", and with tagging "tag". The first that fails ends it.
  Task<> write();
  /// After write(): a second create of a name was refused.
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
