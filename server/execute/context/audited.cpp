#include "server/execute/context/audited.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace breakwater::server::execute {

AuditedStatement::AuditedStatement(AuditTrail& trail, const Clock& clock, catalog::AuditEntry entry)
    : trail_(trail), clock_(clock), entry_(std::move(entry)) {}

AuditedStatement::~AuditedStatement() {
  if (ended_) return;
  try {
    entry_.recovered = true;
    end(nullptr);
  } catch (const std::exception&) {
    return;  // no memory: the row is written at the next start
  }
}

Result<> AuditedStatement::put(catalog::Transaction& transaction) {
  if (entry_.id == 0) {
    BW_TRY(new_id_, transaction.audit().next_id());
    trail_.began(new_id_);
    entry_.id = new_id_;
  }
  new_changes_ = changes_;
  const std::vector<catalog::Event>& told = transaction.events().of_job();
  const std::size_t room = catalog::EventWriter::kMaxOfJob - new_changes_.size();
  new_changes_.insert(new_changes_.end(), told.begin(),
                      told.begin() + std::min(std::ssize(told), static_cast<std::ptrdiff_t>(room)));
  entry_.microseconds = clock_.now() - entry_.time;
  entry_.changes = new_changes_.empty() ? std::string() : catalog::changes_text(new_changes_);
  return transaction.audit().put(entry_, trail_.written());
}

void AuditedStatement::committed(bool done) {
  if (done) {
    changes_ = std::move(new_changes_);
  } else {
    if (new_id_ != 0) {
      trail_.gave_up(new_id_);
      entry_.id = 0;
    }
    entry_.changes = changes_.empty() ? std::string() : catalog::changes_text(changes_);
  }
  new_changes_.clear();
  new_id_ = 0;
}

void AuditedStatement::set_answer(std::string_view answer) {
  entry_.answer = whole_characters(answer, catalog::AuditEntry::kMaxAnswer);
}

void AuditedStatement::end(const Error* error) {
  ended_ = true;
  entry_.microseconds = clock_.now() - entry_.time;
  if (error != nullptr) tell_error(entry_, *error);
  trail_.ended(std::move(entry_));
}

void tell_error(catalog::AuditEntry& entry, const Error& error) {
  entry.code = error.mysql_errno();
  entry.ob_code = error.row().ob_code;
  entry.error = error.row().text;
  entry.note = whole_characters(error.hint(), catalog::AuditEntry::kMaxNote);
}

}  // namespace breakwater::server::execute
