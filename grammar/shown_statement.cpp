// A walk over the tree. Keywords and symbols stand in the grammar, so they are shown; of what the client chose, a
// token is shown only if a table here says so for its place in the grammar.
#include "grammar/shown_statement.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "grammar/redact.h"
#include "grammar/shown_value.h"
#include "grammar/token_stream.h"

namespace breakwater::grammar {
namespace {

using P = generated::BreakwaterParser;

/// How a token that the client chose is shown.
enum class Way : std::uint8_t {
  masked,
  name,    ///< as it stands there, if a name can be so
  place,   ///< shown_place()
  moment,  ///< a time, a number or a duration; else masked
  plugin,  ///< one of the two; else masked
};

/// The rules whose own names and numbers are shown: those directly in them and in their `ident`.
constexpr std::array kNaming = {
    P::RuleAccount,         P::RuleAccountOption,  P::RuleAlterResource, P::RuleAlterSystemReset,
    P::RuleAlterTenant,     P::RuleBackupKey,      P::RuleBoundName,     P::RuleChangeTenant,
    P::RuleCharsetName,     P::RuleCreateResource, P::RuleCreateTenant,  P::RuleDeleteBackup,
    P::RuleDeletePolicy,    P::RuleDropResource,   P::RuleDropTenant,    P::RuleForgetKey,
    P::RuleGrantLevel,      P::RuleKeyManagement,  P::RuleNameOrString,  P::RuleOptionName,
    P::RuleOracleParameter, P::RulePrivilegeWord,  P::RuleRestoreTenant, P::RuleRestoreUntil,
    P::RuleSystemParameter, P::RuleTableName,      P::RuleTenantId,      P::RuleTenantVariable,
    P::RuleValidateBackup,  P::RuleCreateRole,     P::RuleDropRole,      P::RuleRoleChoice};

/// The strings that are shown: in which rule, after which word.
struct StringRule {
  std::size_t rule;
  std::size_t after;
  Way way;
};
constexpr std::array kStrings = {
    StringRule{P::RuleAccessInfo, P::ACCESS_INFO_SYM, Way::place},
    StringRule{P::RuleAdoptDestination, P::DESTINATION_SYM, Way::place},
    StringRule{P::RuleBackupKey, P::TO_SYM, Way::place},
    StringRule{P::RuleBackupOptions, P::TO_SYM, Way::place},
    StringRule{P::RuleCatalogKey, P::FROM_SYM, Way::place},
    StringRule{P::RuleCatalogKey, P::TO_SYM, Way::place},
    StringRule{P::RuleChangeStorageDest, P::PATH_SYM, Way::place},
    StringRule{P::RuleCheckDestination, P::DESTINATION_SYM, Way::place},
    StringRule{P::RuleDeletePolicy, P::POLICY_SYM, Way::name},
    StringRule{P::RuleDeletePolicy, P::RECOVERY_WINDOW_SYM, Way::moment},
    StringRule{P::RuleGiveUpDestination, P::DESTINATION_SYM, Way::place},
    StringRule{P::RuleIdentified, P::VIA_SYM, Way::plugin},
    StringRule{P::RuleIdentified, P::WITH_SYM, Way::plugin},
    StringRule{P::RuleRestoreKey, P::FROM_SYM, Way::place},
    StringRule{P::RuleRestorePreview, P::FROM_SYM, Way::place},
    StringRule{P::RuleRestoreSource, P::SOURCE_SYM, Way::place},
    StringRule{P::RuleRestoreTenant, P::FROM_SYM, Way::place},
    StringRule{P::RuleRestoreTenant, P::WITH_SYM, Way::place},
    StringRule{P::RuleRestoreUntil, P::SCN_SYM, Way::moment},
    StringRule{P::RuleRestoreUntil, P::TIME_SYM, Way::moment},
    StringRule{P::RuleRunUpgradeJob, P::JOB_SYM, Way::name},
    StringRule{P::RuleShowBackups, P::FROM_SYM, Way::place},
    StringRule{P::RuleStorageAttribute, P::ATTRIBUTE_SYM, Way::place},
    StringRule{P::RuleSystemParameter, P::HOST_SYM, Way::name},
    StringRule{P::RuleSystemParameter, P::SERVER_SYM, Way::name},
    StringRule{P::RuleWithKeyFrom, P::FROM_SYM, Way::place},
};
constexpr std::array kPlugins = {std::string_view("mysql_native_password"),
                                 std::string_view("caching_sha2_password")};
constexpr std::array kStates = {std::string_view("ENABLE"), std::string_view("DEFER")};
constexpr std::string_view kOfMoments = "0123456789-:. TZdhmsDHMS";
/// No name has one of these, nor has a list of zones, hosts or addresses: somebody has put a URI or keys there.
constexpr std::string_view kNotOfNames = "=&?'\"\\|<>()";

bool is_name_or_value(std::size_t type) {
  return type == P::T_IDENT || type == P::T_QUOTED || type == P::T_STRING || type == P::T_INT ||
         type == P::T_DECIMAL || type == P::T_REAL || type == P::T_HEX || type == P::T_USER_VAR ||
         type == P::T_INTRODUCER || type == P::T_BAD;
}

bool names(std::size_t rule) {
  return std::ranges::find(kNaming, rule) != kNaming.end();
}

Way way_of_string(std::size_t rule, std::size_t after) {
  for (const StringRule& row : kStrings)
    if (row.rule == rule && row.after == after) return row.way;
  const bool named = rule == P::RuleNameOrString || rule == P::RuleAccount || rule == P::RuleCharsetName;
  return named ? Way::name : Way::masked;
}

bool is_word_of(const std::array<std::string_view, 2>& words, std::string_view text) {
  return std::ranges::any_of(words, [&](std::string_view word) { return iequals(word, text); });
}

class Shower {
 public:
  Shower(std::string_view sql, const ParseOptions& options, std::size_t max_bytes)
      : sql_(sql), options_(options), max_bytes_(max_bytes) {}

  std::string run(antlr4::ParserRuleContext* tree) {
    walk(tree);
    cut_text(out_, max_bytes_);
    return std::move(out_);
  }

 private:
  static const SqlToken& sql_token(antlr4::Token* token) { return static_cast<const SqlToken&>(*token); }
  std::string value(antlr4::ParserRuleContext* context) const {
    return value_of(sql_token(context->getStop()).scanned(), sql_, options_);
  }

  void walk(antlr4::ParserRuleContext* context);
  bool show_value(antlr4::ParserRuleContext* context, antlr4::ParserRuleContext* parent);
  void show_parameter(antlr4::ParserRuleContext* context, std::string_view name);
  void show(antlr4::Token* token, Way way);
  void put(antlr4::Token* token, std::string_view text);
  void put_quoted(antlr4::Token* token, std::string_view text);
  void show_or_mask(antlr4::ParserRuleContext* context, bool shows);

  std::string_view sql_;
  const ParseOptions& options_;
  std::size_t max_bytes_;
  std::string out_;
};

void Shower::put(antlr4::Token* token, std::string_view text) {
  if (sql_token(token).scanned().blank_before && !out_.empty()) out_ += ' ';
  out_ += text.substr(0, max_bytes_ + 1);
}

void Shower::put_quoted(antlr4::Token* token, std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  put(token, quoted + "'");
}

void Shower::show(antlr4::Token* token, Way way) {
  const SqlToken& given = sql_token(token);
  if (given.getType() == antlr4::Token::EOF) return;
  if (!is_name_or_value(given.getType())) return put(token, given.text());
  const std::string text = way == Way::masked ? std::string() : value_of(given.scanned(), sql_, options_);
  if (way == Way::place) return put_quoted(token, shown_place(text));
  const bool shows = (way == Way::name && text.find_first_of(kNotOfNames) == std::string::npos) ||
                     (way == Way::moment && text.find_first_not_of(kOfMoments) == std::string::npos) ||
                     (way == Way::plugin && is_word_of(kPlugins, text));
  shows ? put(token, given.text()) : put_quoted(token, kHidden);
}

/// All tokens, or one mask for all.
void Shower::show_or_mask(antlr4::ParserRuleContext* context, bool shows) {
  if (!shows) return put_quoted(context->getStart(), kHidden);
  for (antlr4::tree::ParseTree* child : context->children) {
    if (out_.size() > max_bytes_) return;
    if (auto* leaf = dynamic_cast<antlr4::tree::TerminalNode*>(child)) {
      show(leaf->getSymbol(), Way::name);
    } else {
      show_or_mask(static_cast<antlr4::ParserRuleContext*>(child), true);
    }
  }
}

void Shower::show_parameter(antlr4::ParserRuleContext* context, std::string_view name) {
  antlr4::Token* first = context->getStart();
  const std::size_t type = first->getType();
  if (type == P::T_PARAM || type == P::NULL_SYM || is_plain_parameter(name, value(context)))
    return show_or_mask(context, true);
  if (type == P::T_STRING && is_place_parameter(name)) return show(first, Way::place);
  const bool state = name.starts_with("log_archive_dest_state") && is_word_of(kStates, value(context));
  show_or_mask(context, state);
}

/// Values whose name, which stands before them in `parent`, says whether they are shown. False if it is none.
bool Shower::show_value(antlr4::ParserRuleContext* context, antlr4::ParserRuleContext* parent) {
  const auto name = [&](std::size_t rule) {
    for (antlr4::tree::ParseTree* child : parent->children) {
      auto* named = dynamic_cast<antlr4::ParserRuleContext*>(child);
      if (named != nullptr && named->getRuleIndex() == rule) return ascii_lower(value(named));
    }
    return std::string();
  };
  switch (context->getRuleIndex()) {
    case P::RuleSecretWord:
      show_or_mask(context, context->getStart()->getType() == P::T_PARAM);
      return true;
    case P::RuleParameterValue:
      show_parameter(context, name(P::RuleIdent));
      return true;
    case P::RuleOptionValue: {
      const std::string option = name(P::RuleOptionName);
      show_or_mask(context, is_plain_option(option == "set" ? "charset" : option));
      return true;
    }
    case P::RuleSetValue:
      show_or_mask(context,
                   context->getStart() == context->getStop() && is_plain_variable(name(P::RuleIdent)));
      return true;
    default:
      return false;
  }
}

void Shower::walk(antlr4::ParserRuleContext* context) {
  const std::size_t rule = context->getRuleIndex();
  const Way own = names(rule) ? Way::name : Way::masked;
  std::size_t after = 0;  // the last word of the grammar before the child
  for (antlr4::tree::ParseTree* child : context->children) {
    if (out_.size() > max_bytes_) return;
    if (auto* leaf = dynamic_cast<antlr4::tree::TerminalNode*>(child)) {
      antlr4::Token* token = leaf->getSymbol();
      const std::size_t type = token->getType();
      show(token, type == P::T_STRING ? way_of_string(rule, after) : own);
      if (!is_name_or_value(type) && type != P::T_EQ) after = type;
      continue;
    }
    auto* part = static_cast<antlr4::ParserRuleContext*>(child);
    if (show_value(part, context)) continue;
    if (part->getRuleIndex() == P::RuleStringValue) {
      show(part->getStart(), way_of_string(rule, after));
    } else if (part->getRuleIndex() != P::RuleIdent) {
      walk(part);
    } else if (rule == P::RuleIdentified) {
      show(part->getStart(), Way::plugin);
    } else {
      show_or_mask(part, own == Way::name);
    }
  }
}

}  // namespace

std::string shown_statement(std::string_view sql, const ParseOptions& options, P::StatementContext* statement,
                            std::size_t max_bytes) {
  return Shower(sql, options, max_bytes).run(statement);
}

}  // namespace breakwater::grammar
