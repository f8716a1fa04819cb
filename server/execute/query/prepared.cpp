#include "server/execute/query/prepared.h"

#include <algorithm>
#include <utility>

#include "server/execute/context/counted_parse.h"
#include "server/execute/context/privileges.h"
#include "server/execute/query/prepared_values.h"

namespace breakwater::server::execute {

// ---- SecretBytes ----

void SecretBytes::append(std::string_view more) {
  const std::size_t needed = bytes_.size() + more.size();
  if (needed > bytes_.capacity()) {
    std::string larger;
    larger.reserve(std::max(needed, 2 * bytes_.size()));
    larger = bytes_;
    wipe(bytes_);
    bytes_ = std::move(larger);
  }
  bytes_.append(more);
}

// ---- PreparedStatement ----

namespace {

/// Whether it may be prepared, by the column `prepared` of the table of statements.
namespace prepared_as {

template <class Type>
Result<> yes(const Type& /*parsed*/) {
  return {};
}
Result<> no(const ast::EmptyStatement& /*empty*/) {
  return fail(error::empty_query());
}
Result<> no(const ast::ForeignStatement& foreign) {
  return fail(error::not_supported(foreign.head));
}
Result<> no(const ast::PrepareText& /*prepare*/) {
  return fail(error::unsupported_ps());
}
Result<> no(const ast::ExecuteText& /*execute*/) {
  return fail(error::unsupported_ps());
}
Result<> no(const ast::DeallocateText& /*deallocate*/) {
  return fail(error::unsupported_ps());
}
Result<> no(const ast::ShowBackups& /*show*/) {
  return fail(error::not_supported("SHOW BACKUPS as a prepared statement"));
}
Result<> no(const ast::ShowRestorePreview& /*show*/) {
  return fail(error::not_supported("SHOW RESTORE PREVIEW as a prepared statement"));
}

}  // namespace prepared_as

struct MayBePrepared {
#define BW_STATEMENT(type, function, answered, counter, prepared) \
  Result<> operator()(const ast::type& parsed) const { return prepared_as::prepared(parsed); }
#define BW_SESSION(type, kind, counter, prepared) BW_STATEMENT(type, kind, kind, counter, prepared)
#include "server/execute/context/statement_table.inc"
};

}  // namespace

PreparedStatement::PreparedStatement(std::uint32_t id, std::string_view text,
                                     const session::SessionState& session, std::size_t& bytes_ahead,
                                     StatementMemory& memory)
    : memory_(&memory),
      ahead_memory_(&memory),
      id_(id),
      text_(text),
      options_(session.parse_options()),
      environment_(session.environment()),
      database_(session.database()),
      collation_(session.connection_collation()),
      bytes_ahead_(bytes_ahead) {
  options_.parameters = true;
}

// A plan that is shared through the cache is counted by every statement that has it, since each may be its
// last owner.
Result<> PreparedStatement::count() {
  std::size_t bytes = sizeof(*this) + 2 * text_.size();  // the fingerprint's key, too
  for (const std::string& literal : literals_)
    bytes += sizeof(literal) + sizeof(std::string_view) + literal.size();
  bytes += parameter_count_ * (sizeof(protocol::ParameterType) + sizeof(protocol::ParameterValue));
  if (plan_ != nullptr) bytes += plan_->bytes;
  if (shape_ != nullptr && shape_ != plan_) bytes += shape_->bytes;
  return memory_.set(bytes);
}

Result<> PreparedStatement::prepare(const Statement& statement, const grammar::Stop& stop) {
  BW_CHECK(count());
  BW_CHECK(find_plan(statement, stop));
  if (plan_) BW_CHECK(require_select(statement, *plan_));
  if (plan_) shape_ = plan_;
  return count();
}

/// The key of the plan in the statement cache; it includes the kinds of the values.
std::string PreparedStatement::cache_environment() const {
  std::string environment = environment_ + '\0';
  for (const catalog::ParameterKind kind : kinds_)
    environment += static_cast<char>('a' + static_cast<int>(kind));
  return environment;
}

Result<> PreparedStatement::find_plan(const Statement& statement, const grammar::Stop& stop) {
  Lane& lane = statement.lane;
  grammar::fingerprint(text_, options_, lane.fingerprint);
  if (!lane.fingerprint.cacheable || !lane.plans.find(lane.fingerprint, cache_environment(), lane.hit))
    return parse_and_bind(statement, stop);
  is_select_ = true;
  parameter_count_ = lane.fingerprint.parameters;
  plan_ = lane.hit.plan;
  keep_literals(lane.hit.literals);
  return {};
}

Result<> PreparedStatement::parse_and_bind(const Statement& statement, const grammar::Stop& stop) {
  BW_TRY(const grammar::Parsed parsed,
         counted_parse(statement.connection.memory(), text_, options_, {}, stop));
  if (parsed.parameter_count > protocol::kMaxParameters) return fail(error::too_many_parameters());
  parameter_count_ = parsed.parameter_count;
  const auto* select = std::get_if<ast::Select>(&parsed.statement);
  is_select_ = select != nullptr;
  BW_CHECK(std::visit(MayBePrepared{}, parsed.statement));
  if (const auto* show = std::get_if<ast::Show>(&parsed.statement)) {
    auto query = bind(statement, *show);
    // SHOW PARAMETERS TENANT = ?: which one is known when it is executed, and so are the columns then.
    const bool later = !query && parsed.parameter_count > 0 && query.error().is(Errc::invalid_tenant_name);
    if (!query && !later) return fail(std::move(query).error());
    if (query) shape_ = query->plan;
  }
  if (select == nullptr) return {};
  const std::string environment = cache_environment();
  const PlanKey key{
      .environment = environment, .database = database_, .collation = collation_, .parameters = kinds_};
  BW_TRY(plan_, bind(statement, *select, key));
  keep_literals({});
  return {};
}

void PreparedStatement::keep_literals(std::span<const std::string_view> literals) {
  literals_.assign(literals.begin(), literals.end());
  literal_views_.assign(literals_.begin(), literals_.end());
}

void PreparedStatement::send_ahead(std::uint16_t parameter, std::string_view data, std::size_t most) {
  if (parameter >= parameter_count_) {
    ahead_error_ = error::invalid_argument("mysqld_stmt_send_long_data");
  } else if (data.size() > most - std::min(most, bytes_ahead_)) {
    ahead_error_ = error::long_data_too_long();
  } else if (const auto room = ahead_memory_.add(2 * data.size()); !room) {  // they grow by doubling
    ahead_error_ = room.error();
  } else {
    ahead_[parameter].append(data);
    bytes_ahead_ += data.size();
  }
}

void PreparedStatement::forget_ahead() {
  for (const auto& [parameter, bytes] : ahead_) bytes_ahead_ -= bytes.view().size();
  ahead_.clear();
  ahead_memory_.clear();
  ahead_error_.reset();
}

Result<> PreparedStatement::read_values(std::span<const std::uint8_t> packet,
                                        const session::SessionState& session) {
  if (ahead_error_) return fail(*ahead_error_);
  std::vector<protocol::SentAhead> sent;
  sent.reserve(ahead_.size());
  for (const auto& [parameter, bytes] : ahead_) sent.push_back({parameter, bytes.view()});
  BW_CHECK(protocol::read_parameters(packet, parameter_count_, sent, types_, received_));
  return session.client_charset() == nullptr ? Result<>() : convert_values(session);
}

// As if the value had been sent ahead.
void PreparedStatement::keep_ahead(std::size_t parameter, std::string_view text) {
  auto fresh = ahead_.extract(static_cast<std::uint16_t>(parameter));
  if (!fresh.empty()) bytes_ahead_ -= fresh.mapped().view().size();
  SecretBytes& kept = ahead_[static_cast<std::uint16_t>(parameter)];
  kept.append(text);
  bytes_ahead_ += text.size();
  received_[parameter].text = kept.view();
}

Result<> PreparedStatement::convert_values(const session::SessionState& session) {
  for (std::size_t i = 0; i < received_.size(); ++i) {
    const protocol::ParameterValue& value = received_[i];
    if (value.is != protocol::ParameterValue::Is::text || value.bytes) continue;
    BW_CHECK(ahead_memory_.add(Transcoder::kMostGrowth * value.text.size()));
    BW_TRY(const Secret converted, session.from_client(value.text));
    keep_ahead(i, converted.reveal());
  }
  return {};
}

Result<> PreparedStatement::give_values(std::span<const catalog::Value* const> values) {
  using Is = protocol::ParameterValue::Is;
  if (values.size() != parameter_count_) return fail(error::invalid_argument("EXECUTE"));
  std::size_t bytes = 0;
  for (const catalog::Value* value : values)
    if (const auto* text = std::get_if<std::string>(value)) bytes += text->size();
  BW_CHECK(ahead_memory_.add(2 * bytes));  // a SELECT binds copies
  received_.assign(values.size(), {});
  for (std::size_t i = 0; i < values.size(); ++i) {
    protocol::ParameterValue& given = received_[i];
    if (const auto* whole = std::get_if<std::int64_t>(values[i])) {
      given.is = Is::int64;
      given.integer = static_cast<std::uint64_t>(*whole);
    } else if (const auto* natural = std::get_if<std::uint64_t>(values[i])) {
      given.is = Is::uint64;
      given.integer = *natural;
    } else if (const auto* real = std::get_if<double>(values[i])) {
      given.is = Is::float64;
      given.real = *real;
    } else if (const auto* text = std::get_if<std::string>(values[i])) {
      given.is = Is::text;
      keep_ahead(i, *text);
    }
  }
  return {};
}

bool PreparedStatement::has_plan() const {
  if (plan_ == nullptr || !plan_->cacheable || kinds_.size() != received_.size()) return false;
  for (std::size_t i = 0; i < received_.size(); ++i) {
    // NULL fits every kind.
    if (received_[i].is != protocol::ParameterValue::Is::null && kind_of(received_[i]) != kinds_[i])
      return false;
  }
  return true;
}

Result<BoundQuery> PreparedStatement::bound(const Statement& statement, const grammar::Stop& stop) {
  std::vector<catalog::Value> values(received_.size());
  const bool same = has_plan();
  kinds_.resize(received_.size(), catalog::ParameterKind::unknown);
  for (std::size_t i = 0; i < received_.size(); ++i) {
    values[i] = value_of(received_[i]);
    if (received_[i].is != protocol::ParameterValue::Is::null) kinds_[i] = kind_of(received_[i]);
  }
  if (!same) {
    plan_.reset();
    BW_CHECK(find_plan(statement, stop));
    if (auto counted = count(); !counted) {
      plan_.reset();
      return fail(std::move(counted).error());
    }
  }
  return BoundQuery{.plan = plan_, .literals = literal_views_, .parameters = std::move(values)};
}

Result<grammar::Parsed> PreparedStatement::parsed(StatementMemory& memory, const grammar::Stop& stop) const {
  const ParameterTexts texts(received_);
  return counted_parse(memory, text_, options_, texts.list(), stop);
}

// ---- PreparedStatements ----

Result<PreparedStatement*> PreparedStatements::add(std::string_view text,
                                                   const session::SessionState& session, std::uint64_t most) {
  BW_CHECK(counts_.take(tenant_, most));
  do {
    ++last_id_;
  } while (last_id_ == 0 || statements_.contains(last_id_));
  auto& place = statements_[last_id_];
  place = std::make_unique<PreparedStatement>(last_id_, text, session, bytes_ahead_, memory_);
  return place.get();
}

PreparedStatement* PreparedStatements::find(std::uint32_t id) {
  const auto found = statements_.find(id);
  return found == statements_.end() ? nullptr : found->second.get();
}

void PreparedStatements::remove(std::uint32_t id) {
  const auto found = statements_.find(id);
  if (found == statements_.end()) return;
  names_.erase(found->second->name);
  statements_.erase(found);
  counts_.give_back(tenant_, 1);
}

void PreparedStatements::name(std::string_view name, PreparedStatement& statement) {
  statement.name = ascii_lower(name);
  names_[statement.name] = statement.id();
}

PreparedStatement* PreparedStatements::find(std::string_view name) {
  const auto found = names_.find(ascii_lower(name));
  return found == names_.end() ? nullptr : find(found->second);
}

bool PreparedStatements::remove(std::string_view name) {
  const auto found = names_.find(ascii_lower(name));
  if (found == names_.end()) return false;
  remove(found->second);
  return true;
}

void PreparedStatements::clear() {
  names_.clear();
  counts_.give_back(tenant_, statements_.size());
  statements_.clear();
}

}  // namespace breakwater::server::execute
