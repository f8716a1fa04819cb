#include "grammar/heads.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "BreakwaterParser.h"
#include "base/text.h"

namespace breakwater::grammar {

namespace {

using P = generated::BreakwaterParser;

/// Words; `*` stands for any one token, (A|B) for one of several words. A head that ends in `@` is foreign
/// only in MySQL mode; in Oracle mode the grammar decides.
// NOLINTBEGIN(bugprone-suspicious-missing-comma): long heads stand on two lines
constexpr std::string_view kHeads[] = {
    // MySQL's data statements
    "INSERT",
    "UPDATE",
    "DELETE",
    "REPLACE",
    "MERGE",
    "TRUNCATE",
    "CALL",
    "HANDLER",
    "VALUES",
    "LOAD (DATA|XML|INDEX)",
    "IMPORT TABLE",
    "RENAME (TABLE|TABLES)",
    // MySQL's definitions
    "(CREATE|ALTER|DROP) "
    "(TABLE|VIEW|INDEX|DATABASE|SCHEMA|FUNCTION|PROCEDURE|TRIGGER|EVENT|TABLESPACE|SERVER|ROLE)",
    "(CREATE|DROP) "
    "(SEQUENCE|SYNONYM|TABLEGROUP|OUTLINE|KEYSTORE|TYPE|PACKAGE|PROFILE|CONTEXT|DIRECTORY|DBLINK)",
    "ALTER (SEQUENCE|TABLEGROUP|OUTLINE|KEYSTORE|TYPE|PACKAGE|PROFILE|CLUSTER)",
    "ALTER SESSION@",
    "(CREATE|DROP) PUBLIC (SYNONYM|OUTLINE)",
    "(CREATE|DROP) DATABASE LINK",
    "CREATE OR REPLACE",
    "(CREATE|DROP) (TEMPORARY|EXTERNAL) TABLE",
    "CREATE GLOBAL TEMPORARY TABLE",
    "CREATE GLOBAL OUTLINE",
    "CREATE (UNIQUE|FULLTEXT|SPATIAL) INDEX",
    "CREATE (DEFINER|ALGORITHM|AGGREGATE|SQL)",
    "CREATE MATERIALIZED VIEW",
    "DROP MATERIALIZED VIEW",
    "(CREATE|ALTER|DROP) LOGFILE GROUP",
    "(CREATE|DROP) RESTORE POINT",
    "ALTER INSTANCE",
    "ALTER INSTANCE *",
    // OceanBase's definitions
    "CREATE STANDBY TENANT",
    "CREATE TENANT * FROM",
    "CREATE TENANT IF NOT EXISTS * FROM",
    "ALTER RESOURCE TENANT",
    "SPLIT RESOURCE POOL",
    "ALTER RESOURCE POOL * (SPLIT|MERGE)",
    "ALTER RESOURCE POOL MERGE",
    "(ALTER|DROP) RESOURCE (MANAGER|PLAN)",
    "PURGE",
    "FLASHBACK",
    // Prepared statements, maintenance, replication
    "EXECUTE IMMEDIATE",
    "(ANALYZE|CHECK|CHECKSUM|OPTIMIZE|REPAIR) (TABLE|TABLES)",
    "CACHE INDEX",
    "RESET (MASTER|SLAVE|QUERY|REPLICA|PERSIST)",
    "CHANGE (MASTER|REPLICATION)",
    "(START|STOP) (SLAVE|REPLICA|GROUP_REPLICATION)",
    "XA",
    "(INSTALL|UNINSTALL) (PLUGIN|COMPONENT)",
    "BINLOG",
    "HELP",
    "SHUTDOWN",
    "RESTART",
    "CLONE",
    "GET DIAGNOSTICS",
    "SIGNAL",
    "RESIGNAL",
    "DECLARE",
    "FLUSH (LOGS|BINARY|ENGINE|ERROR|GENERAL|RELAY|SLOW|HOSTS|QUERY|USER_RESOURCES|OPTIMIZER_COSTS)",
    "SET (ROLE|RESOURCE)",
    "SET DEFAULT ROLE",
    "GRANT * TO@",
    "GRANT * , * TO@",
    "REVOKE * FROM@",
    "REVOKE * , * FROM@",
    "ALTER USER * DEFAULT ROLE@",
    // SHOW and EXPLAIN
    "SHOW "
    "(PROFILE|ENGINE|SLAVE|MASTER|BINARY|BINLOG|RELAYLOG)",
    "SHOW (FUNCTION|PROCEDURE) CODE",
    "SHOW "
    "(REPLICA|REPLICAS|ALL|RECYCLEBIN|TRACE|TABLEGROUPS|RESTORE|OUTLINES|SEQUENCES|EXTENDED|AUTHORS|"
    "CONTRIBUTORS)",
    "SHOW CREATE "
    "(FUNCTION|PROCEDURE|TRIGGER|EVENT|TABLEGROUP|OUTLINE|SEQUENCE|KEYSTORE|TABLESPACE)",
    "(EXPLAIN|DESC|DESCRIBE) "
    "(SELECT|INSERT|UPDATE|DELETE|REPLACE|EXTENDED|PARTITIONS|BASIC|OUTLINE|ANALYZE|WITH|MERGE)",
    "(EXPLAIN|DESC|DESCRIBE) FORMAT =",
    "(EXPLAIN|DESC|DESCRIBE) (",
    "EXPLAIN FOR CONNECTION",
    // OceanBase's administration: what follows ALTER SYSTEM and isn't a parameter's name
    "ALTER SYSTEM BACKUP (BACKUPSET|BACKUPPIECE|CLUSTER)",
    "ALTER SYSTEM RESTORE",
    "ALTER SYSTEM (ADD|DROP|DELETE) "
    "(DELETE|BACKUPSET|BACKUPPIECE|BACKUPROUND|OBSOLETE|RESTORE|BACKUP|EXTERNAL|SERVER|ZONE)",
    "ALTER SYSTEM DELETE (BACKUPSET|BACKUPPIECE|OBSOLETE)@",
    "ALTER SYSTEM DELETE BACKUPSET * COPY@",
    "ALTER SYSTEM (ADD|DELETE|START|STOP|FORCE|ALTER|CHANGE|MODIFY|ISOLATE) (SERVER|ZONE|REGION)",
    "ALTER SYSTEM CANCEL BACKUP (BACKUPSET|BACKUPPIECE)",
    "ALTER SYSTEM CANCEL "
    "(RESTORE|ALL|MIGRATE|REPLICA|PARTITION|TRANSFER|BALANCE|UPGRADE|RECOVER|CLONE)",
    "ALTER SYSTEM CLEAR (RESTORE|MERGE|ROOTTABLE|BALANCE|LOCATION)",
    "ALTER SYSTEM ACTIVATE (STANDBY|PHYSICAL)",
    "ALTER SYSTEM RECOVER (STANDBY|TABLE|TENANT)",
    "ALTER SYSTEM (MAJOR|MINOR) FREEZE",
    "ALTER SYSTEM CHECKPOINT",
    "ALTER SYSTEM (SUSPEND|RESUME) (BACKUP|MERGE|RECOVER|BALANCE)",
    "ALTER SYSTEM (START|STOP) (BACKUP|MERGE|ARCHIVELOG)",
    "ALTER SYSTEM VALIDATE",
    "ALTER SYSTEM (BEGIN|END|RUN|STOP) (UPGRADE|ROOT|ROLLING)",
    "ALTER SYSTEM UPGRADE",
    "ALTER SYSTEM (SWITCHOVER|SWITCH|FAILOVER|CONVERT)",
    "ALTER SYSTEM FLUSH",
    "ALTER SYSTEM REFRESH",
    "ALTER SYSTEM RELOAD",
    "ALTER SYSTEM "
    "(MIGRATE|MOVE|COPY|REMOVE|REPLACE|TRANSFER|BALANCE|REPORT|RECYCLE|CLEANUP|SYNC|MODIFY|REBUILD)",
    "ALTER SYSTEM RUN",
    "ALTER SYSTEM KILL",
    "ALTER SYSTEM BOOTSTRAP",
    "ALTER SYSTEM (ENABLE|DISABLE) (REPLICATION|SQL)",
    "ALTER SYSTEM (LOAD|UNLOAD|PURGE|MERGE|SPLIT|ARBITRATE|PREPARE)",
    "ALTER SYSTEM SET (NETWORK|DISK|TP)",
    "ALTER SYSTEM CALIBRATE",
    "ALTER SYSTEM ENABLE SET",
    "(START|STOP|RUN) (UPGRADE|SERVER|ZONE)",
    "BOOTSTRAP",
    "ADMINISTER KEY MANAGEMENT@",
};
// NOLINTEND(bugprone-suspicious-missing-comma)

struct Element {
  std::vector<std::string> words;  ///< empty: any token
};
struct Head {
  std::vector<Element> elements;
  bool ours_in_oracle = false;
};

Element parse_element(std::string_view text) {
  Element element;
  if (text == "*") return element;
  if (text.size() > 2 && text.front() == '(' && text.back() == ')') text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const std::size_t bar = std::min(text.find('|'), text.size());
    element.words.emplace_back(text.substr(0, bar));
    text.remove_prefix(std::min(bar + 1, text.size()));
  }
  return element;
}

Head parse_head(std::string_view text) {
  Head head;
  head.ours_in_oracle = text.ends_with('@');
  if (head.ours_in_oracle) text.remove_suffix(1);
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    head.elements.push_back(parse_element(text.substr(0, blank)));
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return head;
}

const std::vector<Head>& heads() {
  static const std::vector<Head> table = [] {
    std::vector<Head> parsed;
    for (const std::string_view text : kHeads) parsed.push_back(parse_head(text));
    return parsed;
  }();
  return table;
}

bool matches(const Element& element, const SqlToken& token) {
  if (element.words.empty()) return token.getType() != antlr4::Token::EOF;
  const TokenKind kind = token.scanned().kind;
  if (kind != TokenKind::word && kind != TokenKind::symbol) return false;
  return std::ranges::any_of(element.words,
                             [&](const std::string& word) { return iequals(word, token.text()); });
}

bool matches(const Head& head, const SqlTokenStream& tokens, std::size_t count) {
  if (head.elements.size() > count) return false;
  for (std::size_t i = 0; i < head.elements.size(); ++i) {
    if (!matches(head.elements[i], tokens.at(i))) return false;
  }
  return true;
}

/// The words that were matched, but for the user's own names.
std::string spelling(const Head& head, const SqlTokenStream& tokens) {
  std::string text;
  for (std::size_t i = 0; i < head.elements.size(); ++i) {
    if (head.elements[i].words.empty()) continue;
    if (!text.empty()) text += ' ';
    text += ascii_upper(tokens.at(i).text());
  }
  return text;
}

/// Never parses: it only gives access to the grammar's state machine and vocabulary.
const P& parser() {
  static const P instance(nullptr);
  return instance;
}

/// Finds out whether the grammar has a statement that begins with a head's tokens. It walks through ANTLR's
/// state machine along all paths that accept them. A word of the head must be a keyword on that path: where
/// any name may stand (DESC extended), the grammar says nothing about the word.
class GrammarWalk {
 public:
  GrammarWalk(const Head& head, const SqlTokenStream& tokens) : head_(head), tokens_(tokens) {}

  /// True if after the head the statement may end, or continue with a name, a value or a symbol, or with the
  /// keyword that follows in the text. So ALTER SYSTEM BACKUP KEY is ours even if the rest of it is wrong,
  /// and ALTER SYSTEM BACKUP isn't.
  bool has_statement() const {
    return from(*parser().getATN().ruleToStartState[P::RuleStatement], 0, nullptr);
  }

 private:
  using State = antlr4::atn::ATNState;
  using Transition = antlr4::atn::Transition;

  /// Where a rule continues after the rule that it called.
  struct Caller {
    const State& follow;
    const Caller* caller;
  };

  bool from(const State& state, std::size_t at, const Caller* caller) const {
    if (const_cast<State&>(state).getStateType() == State::RULE_STOP)  // NOLINT: ANTLR's isn't const
      return caller != nullptr && from(caller->follow, at, caller->caller);
    return std::ranges::any_of(state.transitions,
                               [&](const Transition* transition) { return over(*transition, at, caller); });
  }

  bool over(const Transition& transition, std::size_t at, const Caller* caller) const {
    if (transition.getSerializationType() == Transition::RULE) {
      const auto& rule = static_cast<const antlr4::atn::RuleTransition&>(transition);
      if (rule.ruleIndex == P::RuleIdent && wants_keyword(at)) return false;
      const Caller here{*rule.followState, caller};
      return from(*rule.target, at, &here);
    }
    if (transition.isEpsilon()) return from(*transition.target, at, caller);
    if (at == head_.elements.size()) return goes_on(transition);
    return takes(transition, at) && from(*transition.target, at + 1, caller);
  }

  bool wants_keyword(std::size_t at) const {
    return at < head_.elements.size() && !head_.elements[at].words.empty();
  }

  bool takes(const Transition& transition, std::size_t at) const {
    const std::size_t type = tokens_.at(at).getType();
    const bool name = type == P::T_IDENT || type == P::T_RESERVED;
    if (name && wants_keyword(at)) return false;
    return transition.matches(type, antlr4::Token::MIN_USER_TOKEN_TYPE, parser().getATN().maxTokenType);
  }

  bool goes_on(const Transition& transition) const {
    const antlr4::misc::IntervalSet expected = transition.label();
    if (expected.contains(tokens_.at(head_.elements.size()).getType())) return true;
    return std::ranges::any_of(expected.toList(), [](ssize_t type) { return !is_keyword(type); });
  }

  static bool is_keyword(ssize_t type) {
    if (type < 0) return false;  // the end
    return !parser().getVocabulary().getSymbolicName(static_cast<std::size_t>(type)).starts_with("T_");
  }

  const Head& head_;
  const SqlTokenStream& tokens_;
};

}  // namespace

std::string foreign_head(const SqlTokenStream& tokens, Dialect dialect) {
  const std::size_t count = const_cast<SqlTokenStream&>(tokens).size();  // NOLINT: ANTLR's size() isn't const
  const Head* best = nullptr;
  for (const Head& head : heads()) {
    const bool left = dialect == Dialect::oracle && head.ours_in_oracle;
    const std::size_t beaten = best == nullptr ? 0 : best->elements.size();
    if (beaten > head.elements.size() || (beaten == head.elements.size() && !left)) continue;
    if (matches(head, tokens, count)) best = &head;
  }
  if (best == nullptr) return {};
  if (best->ours_in_oracle ? dialect == Dialect::oracle : GrammarWalk(*best, tokens).has_statement())
    return {};
  // ALTER SYSTEM restore = 1 sets a parameter of that name.
  const std::size_t length = best->elements.size();
  if (length < count && tokens.at(length).scanned().is('=') && iequals(tokens.at(1).text(), "SYSTEM"))
    return {};
  return spelling(*best, tokens);
}

}  // namespace breakwater::grammar
