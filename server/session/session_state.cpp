#include "server/session/session_state.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include <unistd.h>

#include "base/text.h"

namespace breakwater::server::session {
namespace {

bool has_mode(std::string_view sql_mode, std::string_view mode) {
  for (std::string_view rest = sql_mode; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    if (rest.substr(0, comma) == mode) return true;
    if (comma == std::string_view::npos) return false;
    rest.remove_prefix(comma + 1);
  }
  return false;
}

// Whether session_track_system_variables names a variable.
bool names(std::string list, std::string_view variable) {
  std::erase(list, ' ');
  for (std::string_view rest = list; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    const std::string_view name = rest.substr(0, comma);
    if (name == "*" || iequals(name, variable)) return true;
    if (comma == std::string_view::npos) return false;
    rest.remove_prefix(comma + 1);
  }
  return false;
}

catalog::Collation collation_of(std::string_view name) {
  if (name == "binary") return catalog::Collation::binary;
  if (name.ends_with("_bin")) return catalog::Collation::bin;
  return catalog::Collation::general_ci;
}

std::int64_t to_integer(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

std::string value_text(const catalog::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return std::to_string(*number);
  return {};
}

constexpr std::array<std::string_view, 7> kComputed = {"error_count",    "hostname",         "identity",
                                                       "last_insert_id", "pseudo_thread_id", "timestamp",
                                                       "warning_count"};

constexpr std::size_t kShownName = 64;

constexpr auto kWaitTimeout = static_cast<VariableIndex>(Variable::wait_timeout);
constexpr auto kQueryTimeout = static_cast<VariableIndex>(Variable::ob_query_timeout);

/// Opens another one only when the name is another one.
void follow_charset(std::string_view wanted, std::string& name, std::shared_ptr<Transcoder>& transcoder) {
  if (wanted == name) return;
  name = wanted;
  transcoder = Transcoder::open(wanted);
}

/// The bytes of a user variable, with those of its map node.
std::size_t bytes_of(std::string_view name, const catalog::Value& value) {
  constexpr std::size_t kNode = 64;
  const auto* text = std::get_if<std::string>(&value);
  return kNode + sizeof(std::string) + sizeof(value) + name.size() + (text != nullptr ? text->size() : 0);
}

std::size_t bytes_of(const SessionState::UserVariables& variables) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : variables) bytes += bytes_of(name, value);
  return bytes;
}

}  // namespace

catalog::Value typed_value(const VariableSpec& spec, std::string_view text) {
  switch (spec.type) {
    case VariableType::boolean:
      return std::int64_t{text == "ON" ? 1 : 0};
    case VariableType::integer:
      return to_integer(text);
    default:
      if (text.empty() && spec.text == VariableText::charset_or_null) return std::monostate{};
      return std::string(text);
  }
}

std::string address_of(const Identity& who) {
  return who.client_host + (who.client_port == 0 ? "" : ":" + std::to_string(who.client_port));
}

SessionState::SessionState(Identity identity, catalog::Tenant tenant, const GlobalVariables& globals,
                           StatementMemory* memory)
    : identity_(std::move(identity)),
      tenant_(tenant),
      login_tenant_(std::move(tenant)),
      globals_(&globals),
      user_text_(identity_.account.user + "@" + identity_.client_host),
      account_text_(identity_.account.user + "@" + identity_.account.host),
      user_variables_memory_(memory) {
  variables_.reset(globals_->of_tenant(identity_.account.tenant_id));
  refresh();
}

void SessionState::change_tenant(catalog::Tenant tenant) {
  tenant_ = std::move(tenant);
  database_ = kDefaultSchema;
  state_changed_ = true;
  refresh();
}

catalog::Visibility SessionState::visibility() const {
  if (in_sys()) return catalog::Visibility::sys;
  return is_oracle() ? catalog::Visibility::oracle : catalog::Visibility::mysql;
}

void SessionState::set_database(std::string database) {
  database_ = std::move(database);
  state_changed_ = true;
  refresh_environment();
}

void SessionState::set_variable(VariableIndex index, std::string value) {
  variables_.set(index, std::move(value));
  changed_.push_back(index);
  sets_query_timeout_ |= index == kQueryTimeout;
  state_changed_ |= variable_table()[index].name != "session_track_state_change";
  refresh();
}

bool SessionState::state_change() const {
  return state_changed_ && variables_.get(Variable::session_track_state_change) == "ON";
}

std::string_view SessionState::transaction_change() {
  if (!tracks_transaction_) {
    told_transaction_ = Transaction::none;
    return {};
  }
  if (transaction_ == told_transaction_) return {};
  told_transaction_ = transaction_;
  if (transaction_ == Transaction::none) return "________";
  return transaction_ == Transaction::begun ? "T_______" : "T_____S_";
}

std::vector<std::pair<std::string_view, std::string_view>> SessionState::tracked_changes() const {
  std::vector<std::pair<std::string_view, std::string_view>> tracked;
  for (auto index = changed_.begin(); index != changed_.end(); ++index) {
    const std::string_view name = variable_table()[*index].name;
    const bool again = std::find(changed_.begin(), index, *index) != index;
    if (!again && names(std::string(variables_.get(Variable::session_track_system_variables)), name))
      tracked.emplace_back(name, variables_.get(*index));
  }
  return tracked;
}

std::optional<catalog::Value> SessionState::computed_variable(std::string_view name) const {
  if (name == "error_count") return static_cast<std::int64_t>(diagnostics.errors());
  if (name == "warning_count") return static_cast<std::int64_t>(diagnostics.total());
  if (name == "hostname") return host_name();
  if (name == "identity" || name == "last_insert_id") return std::int64_t{0};
  if (name == "pseudo_thread_id") return static_cast<std::int64_t>(identity_.connection_id);
  if (name == "timestamp") {
    const Timestamp now = system_clock().now();
    std::string fraction = std::to_string(now % 1'000'000);
    fraction.insert(0, 6 - fraction.size(), '0');
    return std::to_string(now / 1'000'000) + "." + fraction;
  }
  return std::nullopt;
}

Result<catalog::Value> SessionState::system_variable(ast::VariableScope scope, std::string_view name) const {
  const std::string lower = ascii_lower(name);
  if (auto value = computed_variable(lower)) return *std::move(value);
  const auto index = find_variable(lower);
  if (!index || (!is_oracle() && lower.starts_with(kOracleVariables))) return fail(error::var_unknown(name));
  const VariableSpec& spec = variable_table()[*index];
  if (scope == ast::VariableScope::global && spec.home == VariableHome::session_only) {
    return fail(error::var_local(name));
  }
  if (scope == ast::VariableScope::session && spec.home == VariableHome::global_only) {
    return fail(error::var_not_local(name));
  }
  const bool global = scope == ast::VariableScope::global || spec.home == VariableHome::global_only;
  return typed_value(spec,
                     global ? std::string_view(globals_->get(tenant_.id, *index)) : variables_.get(*index));
}

catalog::Value SessionState::user_variable(std::string_view name) const {
  const auto found = user_variables_.find(ascii_lower(name));
  return found == user_variables_.end() ? catalog::Value() : found->second;
}

void SessionState::set_user_variable(std::string_view name, catalog::Value value) {
  const std::string key = ascii_lower(name);
  const auto found = user_variables_.find(key);
  const bool is_new = found == user_variables_.end();
  const std::size_t before = is_new ? 0 : bytes_of(key, found->second);
  const std::size_t bytes = bytes_of(user_variables_) - before + bytes_of(key, value);
  const bool fits = bytes <= kMaxUserVariableBytes &&
                    (user_variables_.size() < kMaxUserVariables || !is_new) &&
                    user_variables_memory_.set(bytes);
  if (!fits) {
    diagnostics.add(WarningLevel::warning, kHintCode,
                    "too many or too large user variables: @" + key.substr(0, kShownName) + " was not set");
    return;
  }
  state_changed_ = true;
  user_variables_[key] = std::move(value);
}

// Needs no more memory than the variables took before.
void SessionState::restore_user_variables(UserVariables values) {
  user_variables_ = std::move(values);
  if (!user_variables_memory_.set(bytes_of(user_variables_))) user_variables_.clear();
}

std::vector<std::pair<std::string, std::string>> SessionState::shown_variables(
    ast::VariableScope scope) const {
  std::vector<std::pair<std::string, std::string>> shown;
  const bool global = scope == ast::VariableScope::global;
  for (VariableIndex i = 0; i < variable_table().size(); ++i) {
    const VariableSpec& spec = variable_table()[i];
    if (global && spec.home == VariableHome::session_only) continue;
    if (!is_oracle() && spec.name.starts_with(kOracleVariables)) continue;
    const bool from_globals = global || spec.home == VariableHome::global_only;
    shown.emplace_back(spec.name,
                       from_globals ? globals_->get(tenant_.id, i) : std::string(variables_.get(i)));
  }
  for (const std::string_view name : kComputed) {
    if (!global || name == "hostname") shown.emplace_back(name, value_text(*computed_variable(name)));
  }
  return shown;
}

void SessionState::reset() {
  variables_.reset(globals_->of_tenant(identity_.account.tenant_id));
  sets_query_timeout_ = false;
  user_variables_.clear();
  user_variables_memory_.clear();
  backup_password = Secret();
  restore_passwords.clear();
  restore_sources.clear();
  restore_preview.reset();
  roles = {};
  grants_version.reset();
  diagnostics.begin(false);
  end_transaction();
  told_transaction_ = Transaction::none;
  tenant_ = login_tenant_;
  if (interactive_) variables_.set(kWaitTimeout, std::string(variables_.get(Variable::interactive_timeout)));
  refresh();
}

void SessionState::become_interactive() {
  interactive_ = true;
  set_variable(kWaitTimeout, std::string(variables_.get(Variable::interactive_timeout)));
}

Result<Secret> SessionState::from_client(std::string_view text) const {
  if (auto converted = client_charset_->all_to_utf8(text)) return *std::move(converted);
  return fail(error::invalid_character_string(client_charset_name_, "..."));
}

void SessionState::refresh() {
  const std::string_view sql_mode = variables_.get(Variable::sql_mode);
  parse_options_.ansi_quotes = has_mode(sql_mode, "ANSI_QUOTES") || has_mode(sql_mode, "ANSI");
  parse_options_.no_backslash_escapes = has_mode(sql_mode, "NO_BACKSLASH_ESCAPES");
  parse_options_.pipes_as_concat = has_mode(sql_mode, "PIPES_AS_CONCAT") || has_mode(sql_mode, "ANSI");
  if (is_oracle()) parse_options_ = grammar::ParseOptions::oracle();
  time_zone_ = catalog::parse_time_zone(variables_.get(Variable::time_zone)).value_or(catalog::TimeZone{});
  collation_ =
      is_oracle() ? catalog::Collation::bin : collation_of(variables_.get(Variable::collation_connection));
  follow_charset(variables_.get(Variable::character_set_client), client_charset_name_, client_charset_);
  follow_charset(variables_.get(Variable::character_set_results), results_charset_name_, results_charset_);
  query_timeout_ = to_integer(variables_.get(Variable::ob_query_timeout));
  sends_metadata_ = variables_.get(Variable::resultset_metadata) == "FULL";
  tracks_transaction_ = variables_.get(Variable::session_track_transaction_info) != "OFF";
  autocommit_ = variables_.get(Variable::autocommit) == "ON";
  select_limit_ = static_cast<std::uint64_t>(to_integer(variables_.get(Variable::sql_select_limit)));
  group_concat_max_ = static_cast<std::uint64_t>(to_integer(variables_.get(Variable::group_concat_max_len)));
  const auto seconds = [&](Variable variable) {
    return std::chrono::seconds(to_integer(variables_.get(variable)));
  };
  timeouts_ = {.wait = seconds(Variable::wait_timeout),
               .net_read = seconds(Variable::net_read_timeout),
               .net_write = seconds(Variable::net_write_timeout)};
  refresh_environment();
}

void SessionState::refresh_environment() {
  environment_ = database_;
  environment_ += '\0';
  environment_ += static_cast<char>('0' + static_cast<int>(visibility()));
  environment_ += static_cast<char>('0' + static_cast<int>(collation_));
  environment_ += parse_options_.ansi_quotes ? 'A' : '-';
  environment_ += parse_options_.no_backslash_escapes ? 'B' : '-';
  environment_ += parse_options_.pipes_as_concat ? 'P' : '-';
}

}  // namespace breakwater::server::session
