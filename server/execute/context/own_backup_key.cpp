#include "server/execute/context/own_backup_key.h"

#include <utility>

#include "server/execute/context/await.h"

namespace breakwater::server::execute {

Task<Result<storage::BackupKey>> own_backup_key(catalog::Store& store, catalog::Reader& reader,
                                                const Entropy& entropy) {
  BW_CO_TRY(auto own, reader.keys().own_backup_key());
  if (!own) {
    BW_CO_TRY(const storage::BackupKey made, storage::make_backup_key(entropy));
    BW_CO_CHECK(co_await write_catalog(store, [&](catalog::Transaction& transaction) {
      return transaction.keys().add_backup_key(made.fingerprint, made.key, true);
    }));
    // Somebody else's may have come first.
    BW_CO_TRY(own, reader.keys().own_backup_key());
  }
  if (!own) co_return fail(error::internal_error().with_hint("the catalogue has no backup key"));
  storage::BackupKey key;
  key.key = std::move(own->key);
  key.fingerprint = own->fingerprint;
  co_return key;
}

}  // namespace breakwater::server::execute
