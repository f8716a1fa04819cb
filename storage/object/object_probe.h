// Tries on probe objects what a backup does with objects; each operation is a row of the proof. Names and
// order are those of OceanBase's own check (docs/spec/behaviour.md#object-probes), but with a token after the
// time, so that two servers that try at the same time don't read each other's probes.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "storage/destination/proof.h"
#include "storage/destination/uri.h"
#include "storage/destination/write_plan.h"
#include "storage/object/object_store.h"
#include "storage/pool/side_by_side.h"

namespace breakwater::storage {

/// "check_file/<tenant>_overwriter_permission_file_<time>_<token>.obbak": the probe that exists from the
/// first row until remove(); a CHECK's is a "checker" in its place. On a store that ignores create-only writes it is the token of a claim
/// (backup_destination_object.h).
std::string token_name(const WritePlan& plan);
/// Whether `name` is the name of a token, of any server.
bool is_token_name(std::string_view name);

/// The names of all objects that a proof with this plan may have made.
std::vector<std::string> probe_names(const WritePlan& plan);

/// Deletes the object, or, if `mode` says so, tags it `delete_mode=tagging` and leaves it. A missing object
/// is no error.
Task<Result<>> discard(ObjectStore& store, DeleteMode mode, std::string_view name, const Call& call);

/// The same for several, in one request where the store can. Error: that of the first that stays.
Task<Result<>> discard_all(ObjectStore& store, DeleteMode mode, std::vector<std::string> names, Call call);

/// Aborts the unfinished uploads of a proof with this plan.
Task<Result<>> discard_uploads(ObjectStore& store, const WritePlan& plan, const Call& call);

/// Whether the object is tagged as deleted.
Task<Result<bool>> is_discarded(ObjectStore& store, std::string_view name, const Call& call);

/// One proof. What doesn't depend on each other runs side by side, each on probes of its own; the rows have
/// one order all the same, and there are none behind the first that fails. The constructor's arguments must
/// outlive it.
class ObjectProbe {
 public:
  ObjectProbe(ObjectStore& store, DeleteMode mode, const WritePlan& plan, Proof& proof, const Call& call);

  /// The caller's own, once the rows of what is written hold. Either may be left out.
  struct Beside {
    SideBySide::Part removing{};  ///< beside the removal of what was written
    /// Then, beside the last look at what has gone: what is written can be deleted too. Not called where "delete" is left
    /// to remove().
    SideBySide::Part removed{};
  };

  /// Makes all rows: "create-only write", "write speed", "list", "read back", "read speed", "overwrite",
  /// "append", "multipart", with tagging "tag", and "delete". If `keeps_token`, a store that ignores
  /// create-only writes keeps the token and all that is written, and "delete" is left to remove().
  Task<> run(bool keeps_token, Beside beside);
  /// After run(), and in what runs beside it: whether the store refused to create an existing object.
  bool honours_create_only() const { return honours_create_only_; }
  /// Whether anything may have been written.
  bool began() const { return began_; }

  /// The row "delete", if run() left it out.
  Task<> remove();

 private:
  using Seen = Task<Result<std::string>>;
  /// Who makes rows, in the order of the rows.
  enum Maker : std::size_t { kToken, kOverwrite, kAppend, kMultipart, kTag, kDelete, kMakers };

  Task<bool> row(Proof& proof, std::string_view name, Seen check);
  bool all_hold() const;
  bool upload_is_next() const;
  void enter_rows();

  // What is written, and what is seen of it at once.
  Task<> write_all();
  Task<bool> token_rows(Call call);
  Task<bool> read_rows(Proof& proof, Call call);
  Task<bool> upload_whole(Call call);
  Seen create_only(Call call);
  Seen list(Call call);
  Seen read_back(Call call);
  Seen overwrite(Call call);
  Seen append(Call call);
  Seen append_object(Call call);
  Seen append_parts(Call call);
  Seen upload(Call call);
  Task<Result<>> complete(std::string upload, Call call);
  Seen tag(Call call);

  // What ends it.
  Task<> finish(bool removes, Beside beside);
  Task<bool> delete_row(Call call);
  Seen look_at_upload(Call call);
  Task<bool> look_row(Call call);
  Task<bool> remove_written(Call call);
  Seen remove_rest(Call call);

  Task<Result<>> expect(std::string_view name, std::span<const std::uint8_t> content, Call call);
  void note_begun(const Error* refusal);
  std::string speed(Proof::Moment::duration spent) const;

  ObjectStore& store_;
  const DeleteMode mode_;
  const WritePlan& plan_;
  Proof& proof_;
  const Call& call_;
  Bytes content_;
  std::array<Proof, kMakers> made_;
  Proof::Moment::duration write_took_{};
  Proof::Moment::duration upload_took_{};
  Proof::Moment removing_{};
  Result<> removed_{};
  bool began_ = false;
  bool honours_create_only_ = false;
};

}  // namespace breakwater::storage
