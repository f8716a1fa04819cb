#include "server/execute/backup/key_source.h"

#include <memory>
#include <string>
#include <utility>

#include "server/execute/backup/intents.h"
#include "server/execute/context/await.h"
#include "server/execute/context/derivation.h"
#include "storage/file/key_file_io.h"
#include "storage/file/mounts.h"
#include "storage/object/object_store.h"

namespace breakwater::server::execute {
namespace {

using MaybeBytes = std::optional<Bytes>;

Task<Result<MaybeBytes>> read_file(const Statement& statement, const std::string& path) {
  Services& services = statement.services;
  storage::FilePool::Job<MaybeBytes> job = [path,
                                            rules = services.path_rules()](const storage::StopFlag& stop) {
    return storage::read_key_file(path, rules, stop);
  };
  const std::string group = storage::current_mount_of(path).mount_point;
  co_return co_await run_on<MaybeBytes>(services.files(), statement.storage_call(), group, std::move(job));
}

Task<Result<MaybeBytes>> read_object(const Statement& statement, const storage::Destination& destination,
                                     const Secret& uri) {
  BW_CO_TRY(const auto bucket, open_key_bucket(statement.services, uri));
  co_return co_await bucket->get(destination.object_dir, storage::kMaxKeyFile, statement.storage_call());
}

Error unreadable(const storage::KeyFileSummary& header, bool with_password) {
  if (header.is_protected && !with_password)
    return error::backup_invalid_password().with_hint("it is protected by a password: ENCRYPTED BY gives it");
  if (!header.is_protected && with_password)
    return error::backup_invalid_password().with_hint(
        "it has no password: leave ENCRYPTED BY out, or it is damaged");
  return error::backup_invalid_password().with_hint("wrong password or damaged file");
}

struct Sealed {
  Bytes bytes;
  std::optional<Secret> password;
};

Result<storage::KeyBackup> open_key_backup(const Sealed& sealed) {
  const Secret* const password = sealed.password ? &*sealed.password : nullptr;
  if (!storage::looks_like_key_file(sealed.bytes))
    return fail(error::backup_invalid_password().with_hint("it is not a key backup"));
  BW_TRY(const storage::KeyFileSummary header, storage::peek(sealed.bytes));
  auto backup = storage::decode(sealed.bytes, password);
  if (!backup) return fail(unreadable(header, password != nullptr));
  return backup;
}

}  // namespace

Task<Result<Bytes>> read_key_bytes(const Statement& statement, const storage::Destination& destination,
                                   const Secret& uri) {
  MaybeBytes bytes;
  // No co_await in a conditional expression: GCC 12 destroys its temporaries twice.
  if (destination.is_file()) {
    BW_CO_TRY(bytes, co_await read_file(statement, destination.local_path));
  } else {
    BW_CO_TRY(bytes, co_await read_object(statement, destination, uri));
  }
  if (!bytes) co_return fail(error::backup_file_not_exist().with_hint("there is no key backup at this path"));
  co_return *std::move(bytes);
}

Task<Result<storage::KeyBackup>> read_key_backup(const Statement& statement,
                                                 const storage::Destination& destination, const Secret& uri,
                                                 const std::optional<Secret>& password) {
  BW_CO_TRY(Bytes bytes, co_await read_key_bytes(statement, destination, uri));
  auto sealed = std::make_shared<Sealed>();
  sealed->bytes = std::move(bytes);
  if (password) sealed->password = password->clone();
  std::move_only_function<Result<storage::KeyBackup>()> open = [sealed] { return open_key_backup(*sealed); };
  co_return co_await derive<storage::KeyBackup>(statement, std::move(open));
}

}  // namespace breakwater::server::execute
