#include "server/jobs/restore_import.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "server/execute/context/await.h"

namespace breakwater::server::jobs {
namespace {

using catalog::RestoreJob;
using catalog::Transaction;
using execute::RestoreOptions;
using execute::write_catalog;

constexpr std::size_t kMaxImportComment = 1024;  ///< bytes: COMMENT of the views
constexpr std::size_t kMaxReason = 240;          ///< bytes of one reason in it

std::string cut_to(std::string text, std::size_t most) {
  text.resize(whole_characters(text, most).size());
  return text;
}

bool came_with(const storage::KeyBackup& keys, const std::string& left_out) {
  if (left_out == "parameter external_kms_info") return !keys.external_kms_info.empty();
  return std::ranges::any_of(keys.versions, [&](const storage::MasterKey& key) {
    return left_out == "master key " + std::to_string(key.version);
  });
}

void append(std::string& text, std::string_view what) {
  text.append(text.empty() ? "" : "; ").append(what);
}

void append_list(std::string& text, std::string_view title, const std::vector<std::string>& list) {
  if (list.empty()) return;
  append(text, title);
  for (std::size_t i = 0; i < list.size(); ++i) text.append(i == 0 ? " " : ", ").append(list[i]);
}

// What isn't as it was: first what somebody has to see to.
std::string comment_of(catalog::PartReport report, const RestoredPart& part) {
  if (part.keys)
    std::erase_if(report.left_out, [&](const auto& name) { return came_with(*part.keys, name); });
  std::string text;
  if (!part.falls_short.empty()) {
    append(text, "goes to SCN " + std::to_string(part.scn) + " and not as far as it might:");
    for (std::size_t i = 0; i < part.falls_short.size(); ++i)
      text.append(i == 0 ? " " : ", ").append(cut_to(part.falls_short[i], kMaxReason));
  }
  if (report.all_locked)
    append(text, "nothing of it opens by a key here, so that nobody vouches for it: all accounts are locked");
  append_list(text, "without a key or not valid here, so left out:", report.left_out);
  append_list(text, "no key for", part.closed);
  append_list(text, "was set and isn't any more:", report.settings);
  return cut_to(std::move(text), kMaxImportComment);
}

/// One import, commit by commit.
class Importing {
 public:
  Importing(catalog::Store& store, const RestoreJob& job, const RestoreOptions& options,
            const RestoredPart& part, storage::Cancellation& cancellation)
      : store_(store), job_(job), options_(options), part_(part), cancellation_(cancellation) {}

  Task<Result<>> run() {
    catalog::PartTarget target{.id = job_.tenant_id,
                               .lock_accounts = !part_.closed.empty(),
                               .name = job_.tenant_name,
                               .pools = options_.pools};
    BW_CO_TRY(import_, catalog::make_part_import(*part_.scratch, std::move(target)));
    BW_CO_CHECK(co_await commit([this](Transaction& t) { return t.parts().begin_import(*import_); }));
    for (bool more = true; more;) {
      BW_CO_CHECK(co_await commit([&](Transaction& t) -> Result<> {
        BW_TRY(more, t.parts().import_rows(*import_));
        return {};
      }));
    }
    co_return co_await commit([this](Transaction& t) { return end(t); });
  }

 private:
  template <class Step>
  Task<Result<>> commit(Step step) {
    if (cancellation_.cancelled()) co_return fail(cancellation_.why());
    co_return co_await write_catalog(store_, std::move(step));
  }

  Result<> bring_back_keys(Transaction& transaction, const storage::KeyBackup& keys) {
    std::vector<catalog::MasterKey> restored;
    for (const storage::MasterKey& key : keys.versions)
      restored.push_back({.version = key.version, .created = key.created, .key = key.key.clone()});
    BW_CHECK(transaction.keys().restore(job_.tenant_id, restored));
    if (!keys.tde_method.empty())
      BW_CHECK(transaction.parameters().set(job_.tenant_id, "tde_method", keys.tde_method));
    if (keys.external_kms_info.empty()) return {};
    return transaction.parameters().set_secret(job_.tenant_id, "external_kms_info", keys.external_kms_info);
  }

  // The tenant is as it is to be, and the restore's row says so. It is a primary one only within this commit, in which its
  // settings may change.
  Result<> end(Transaction& transaction) {
    BW_TRY(catalog::PartReport report, transaction.parts().end_import(*import_));
    if (part_.keys) BW_CHECK(bring_back_keys(transaction, *part_.keys));
    catalog::TenantChange change;
    if (!options_.locality.empty()) change.locality = options_.locality;
    if (!options_.primary_zone.empty()) change.primary_zone = options_.primary_zone;
    BW_CHECK(transaction.tenants().alter(job_.tenant_id, change));
    return transaction.restores().note_imported(job_.job_id, comment_of(std::move(report), part_),
                                                !part_.falls_short.empty());
  }

  catalog::Store& store_;
  const RestoreJob& job_;
  const RestoreOptions& options_;
  const RestoredPart& part_;
  storage::Cancellation& cancellation_;
  std::unique_ptr<catalog::PartImport> import_;
};

}  // namespace

Task<Result<>> import_restored(catalog::Store& store, const RestoreJob& job, const RestoreOptions& options,
                               const RestoredPart& part, storage::Cancellation& cancellation) {
  Importing importing(store, job, options, part, cancellation);
  co_return co_await importing.run();
}

Task<Result<>> clear_import(catalog::Store& store, catalog::TenantId tenant) {
  for (bool more = true; more;) {
    BW_CO_CHECK(co_await write_catalog(store, [&](Transaction& transaction) -> Result<> {
      BW_TRY(more, transaction.parts().clear_import(tenant));
      return {};
    }));
  }
  co_return Result<>{};
}

}  // namespace breakwater::server::jobs
