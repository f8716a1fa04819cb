// parse(): the tokens, the head of a foreign statement, ANTLR in SLL mode and, if that fails, in LL mode,
// then the builder. Parsers are kept for later statements, since making one costs more than a parse.
#include "grammar/parser.h"

#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "BreakwaterParser.h"
#include "base/limits.h"
#include "grammar/ast_builder.h"
#include "grammar/heads.h"
#include "grammar/shown_statement.h"
#include "grammar/syntax_error.h"
#include "grammar/token_stream.h"

namespace breakwater::grammar {

namespace {

using P = generated::BreakwaterParser;

/// The parser's tables grow with each new shape of statement. Beyond this number of states they start again
/// empty: the statements of real clients need a tenth of it, but hostile SQL can make any number.
constexpr std::size_t kMaxDfaStates = 20'000;
/// Tokens parsed between two looks at the tables' size.
constexpr std::size_t kTokensBetweenChecks = 20'000;
/// Idle parsers kept; more threads at once make their own.
constexpr std::size_t kMaxIdleParsers = 16;

/// Thrown through ANTLR's rules, which catch its own exceptions at every level.
struct ParseStopped {};

/// Stores the first error and ends the parse.
class StopAtFirstError final : public antlr4::DefaultErrorStrategy {
 public:
  std::size_t offender() const { return offender_; }
  const antlr4::misc::IntervalSet& expected() const { return expected_; }

  void recover(antlr4::Parser* parser, std::exception_ptr error) override {
    try {
      std::rethrow_exception(error);
    } catch (const antlr4::RecognitionException& e) {
      stop(*parser, e);
    }
  }
  antlr4::Token* recoverInline(antlr4::Parser* parser) override {
    stop(*parser, antlr4::InputMismatchException(parser));
  }
  /// ANTLR calls it where an optional part may begin. A part that is missing is no error, but the tokens that
  /// it could begin with belong to those that were expected.
  void sync(antlr4::Parser* parser) override {
    if (!explain_) return;
    const std::size_t at = parser->getTokenStream()->index();
    if (at != optional_at_) optional_.clear();
    optional_at_ = at;
    const antlr4::atn::ATN& atn = parser->getATN();
    optional_.addAll(atn.nextTokens(atn.states[parser->getState()]));
  }
  void reportError(antlr4::Parser* /*parser*/, const antlr4::RecognitionException& /*error*/) override {}

  void explain(bool on) {
    explain_ = on;
    optional_.clear();
  }

 private:
  [[noreturn]] void stop(antlr4::Parser& parser, const antlr4::RecognitionException& error) {
    if (explain_) {
      offender_ = error.getOffendingToken()->getTokenIndex();
      expected_ = expected_tokens(parser, error);
      if (optional_at_ == offender_) expected_.addAll(optional_);
    }
    throw ParseStopped{};
  }

  bool explain_ = false;
  std::size_t offender_ = 0;
  antlr4::misc::IntervalSet expected_;
  std::size_t optional_at_ = 0;
  antlr4::misc::IntervalSet optional_;
};

/// A parser with its own tables, since ANTLR 4.9's shared ones must not be cleared while another thread
/// parses.
class Engine {
 public:
  Engine() : strategy_(std::make_shared<StopAtFirstError>()), parser_(&tokens_) {
    parser_.removeErrorListeners();
    parser_.setErrorHandler(strategy_);
    reset_tables();
  }

  SqlTokenStream& tokens() { return tokens_; }

  /// The tree, valid until finish(); null if the statement is wrong.
  P::StatementContext* parse() {
    P::StatementContext* tree = run(antlr4::atn::PredictionMode::SLL);
    return tree != nullptr ? tree : run(antlr4::atn::PredictionMode::LL);
  }
  const SqlToken& offender() const { return tokens_.at(strategy_->offender()); }
  std::string hint(Dialect dialect) const { return expected_hint(strategy_->expected(), dialect); }

  /// Frees the tree, and the tables if they have grown too large.
  void finish() {
    since_check_ += tokens_.size();
    tokens_.ask(nullptr);
    parser_.setTokenStream(&tokens_);
    if (since_check_ > kTokensBetweenChecks) {
      since_check_ = 0;
      if (table_size() > kMaxDfaStates) reset_tables();
    }
    tokens_.clear();
  }

 private:
  P::StatementContext* run(antlr4::atn::PredictionMode mode) {
    tokens_.seek(0);
    parser_.setTokenStream(&tokens_);
    parser_.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(mode);
    strategy_->explain(mode == antlr4::atn::PredictionMode::LL);
    try {
      return parser_.statement();
    } catch (const ParseStopped&) {
      return nullptr;
    }
  }

  void reset_tables() {
    const antlr4::atn::ATN& atn = parser_.getATN();
    auto tables = std::make_unique<Tables>();
    for (std::size_t i = 0; i < atn.getNumberOfDecisions(); ++i) {
      tables->decisions.emplace_back(atn.getDecisionState(i), i);
    }
    // The parser owns its simulator, which refers to the tables.
    parser_.setInterpreter(
        new antlr4::atn::ParserATNSimulator(&parser_, atn, tables->decisions, tables->contexts));  // NOLINT
    tables_ = std::move(tables);
  }

  std::size_t table_size() const {
    std::size_t states = 0;
    for (const antlr4::dfa::DFA& dfa : tables_->decisions) states += dfa.states.size();
    return states;
  }

  struct Tables {
    std::vector<antlr4::dfa::DFA> decisions;
    antlr4::atn::PredictionContextCache contexts;
  };

  std::unique_ptr<Tables> tables_;
  SqlTokenStream tokens_;
  std::shared_ptr<StopAtFirstError> strategy_;
  P parser_;
  std::size_t since_check_ = 0;
};

/// Idle engines. The one that was used last is taken first, since its memory is still in the caches.
class EnginePool {
 public:
  std::unique_ptr<Engine> take() {
    {
      const std::scoped_lock lock(mutex_);
      if (!idle_.empty()) {
        auto engine = std::move(idle_.back());
        idle_.pop_back();
        return engine;
      }
    }
    return std::make_unique<Engine>();
  }
  void give_back(std::unique_ptr<Engine> engine) {
    engine->finish();
    const std::scoped_lock lock(mutex_);
    if (idle_.size() < kMaxIdleParsers) idle_.push_back(std::move(engine));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Engine>> idle_;
};

EnginePool& pool() {
  static EnginePool instance;
  return instance;
}

class BorrowedEngine {
 public:
  BorrowedEngine() : engine_(pool().take()) {}
  ~BorrowedEngine() { pool().give_back(std::move(engine_)); }
  BorrowedEngine(const BorrowedEngine&) = delete;
  BorrowedEngine& operator=(const BorrowedEngine&) = delete;
  Engine* operator->() { return engine_.get(); }

 private:
  std::unique_ptr<Engine> engine_;
};

/// The error of a text that load() refused.
Error refused(LoadOutcome outcome, std::string_view sql, const ParseOptions& options, std::size_t offset) {
  switch (outcome) {
    case LoadOutcome::several_statements:
      return error::parser_syntax().with_hint(
          "more than one statement was sent, without CLIENT_MULTI_STATEMENTS");
    case LoadOutcome::too_many_tokens:
      return syntax_error(sql, options, offset,
                          "the statement has more than " + std::to_string(limits::kMaxStatementTokens) +
                              " words and symbols");
    default:
      return syntax_error(sql, options, offset, too_deep_hint());
  }
}

/// The first token that the scanner could not read; null if it could read all.
const Token* bad_token(SqlTokenStream& tokens) {
  if (tokens.size() < 2) return nullptr;
  const Token& token = tokens.at(tokens.size() - 2).scanned();
  return token.kind == TokenKind::bad ? &token : nullptr;
}

std::string bad_hint(const Token& token, std::string_view sql) {
  if (!token.open) return "this character can't stand here";
  const std::string_view text = text_of(token, sql);
  return text.starts_with("/*") || text.empty() ? "a comment is not closed with */" : "a quote is not closed";
}

/// Whether redact() shows it.
bool is_of_values(const ast::Statement& statement) {
  return std::visit(
      []<class Type>(const Type& /*statement*/) {
        return std::is_same_v<Type, ast::Select> || std::is_same_v<Type, ast::Show> ||
               std::is_same_v<Type, ast::Set> || std::is_same_v<Type, ast::Use> ||
               std::is_same_v<Type, ast::Kill> || std::is_same_v<Type, ast::Do> ||
               std::is_same_v<Type, ast::PrepareText> || std::is_same_v<Type, ast::ExecuteText> ||
               std::is_same_v<Type, ast::DeallocateText> || std::is_same_v<Type, ast::Begin> ||
               std::is_same_v<Type, ast::Commit> || std::is_same_v<Type, ast::Rollback> ||
               std::is_same_v<Type, ast::NoOperation> || std::is_same_v<Type, ast::Flush>;
      },
      statement);
}

Result<Parsed> parse_loaded(Engine& engine, std::string_view sql, const ParseOptions& options,
                            std::span<const ParameterText> values) {
  Parsed parsed;
  parsed.parameter_count = engine.tokens().parameter_count();
  if (!values.empty() && values.size() != parsed.parameter_count) return fail(error::internal_error());
  const Token* bad = bad_token(engine.tokens());
  if (engine.tokens().size() == 1) return parsed;
  if (std::string head = foreign_head(engine.tokens(), options.dialect); !head.empty()) {
    if (bad != nullptr) return fail(syntax_error(sql, options, bad->offset, bad_hint(*bad, sql)));
    parsed.shown = head;
    parsed.statement = ast::ForeignStatement{std::move(head)};
    parsed.has_secret = true;
    return parsed;
  }
  P::StatementContext* tree = engine.parse();
  if (tree == nullptr) {
    const Token& offender = engine.offender().scanned();
    std::string hint =
        offender.kind == TokenKind::bad ? bad_hint(offender, sql) : engine.hint(options.dialect);
    return fail(syntax_error(sql, options, offender.offset, std::move(hint)));
  }
  AstBuilder builder(sql, options, values);
  parsed.statement = builder.build(tree);
  parsed.has_secret = builder.has_secret();
  if (!is_of_values(parsed.statement)) parsed.shown = shown_statement(sql, options, tree, kMaxShown);
  return parsed;
}

}  // namespace

Result<Parsed> parse(std::string_view sql, const ParseOptions& options) {
  return parse(sql, options, {});
}

Result<Parsed> parse(std::string_view sql, const ParseOptions& options,
                     std::span<const ParameterText> values) {
  return parse(sql, options, values, {});
}

Result<Parsed> parse(std::string_view sql, const ParseOptions& options, std::span<const ParameterText> values,
                     const Stop& stop) {
  if (sql.size() > limits::kMaxStatementBytes) return fail(error::packet_too_large());
  BorrowedEngine engine;
  const LoadOutcome outcome = engine->tokens().load(sql, options);
  if (outcome != LoadOutcome::ok) return fail(refused(outcome, sql, options, engine->tokens().offender()));
  engine->tokens().ask(stop ? &stop : nullptr);
  try {
    return parse_loaded(*engine.operator->(), sql, options, values);
  } catch (const SyntaxFailure& failure) {
    return fail(syntax_error(sql, options, failure.offset, failure.hint));
  } catch (const ParseInterrupted&) {
    return fail(error::query_interrupted());
  }
}

namespace {

/// What clients usually send. Once parsed, their shapes are in the parser's tables.
constexpr std::string_view kWarmUp[] = {
    "SELECT @@version_comment, @@version LIMIT 1",
    "SELECT DATABASE(), USER() LIMIT 1",
    "SELECT 1",
    "SELECT 1 + 1 AS result, 'x', NOW(), -1.5, VERSION() AS `v` FROM DUAL",
    "SELECT * FROM oceanbase.CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = 1002",
    "SELECT * FROM a.b WHERE c = 1002 AND d = 'x' OR e <> 'y' ORDER BY c DESC LIMIT 10",
    "SELECT a, b FROM c WHERE a LIKE 'x%' AND b IN (1, 2) AND d IS NOT NULL ORDER BY 1, 2 LIMIT 1, 2",
    "SELECT t.a, MAX(u.b) FROM t LEFT JOIN u ON t.a = u.a WHERE t.c = 'x' GROUP BY t.a HAVING count(*) > 0",
    "SELECT CASE WHEN a = 1 THEN 'x' ELSE 'y' END, IF(a, b, c), COALESCE(a, '') FROM (SELECT 1 AS a) d",
    "SELECT @@session.auto_increment_increment AS auto_increment_increment, @@sql_mode AS sql_mode",
    "SET NAMES utf8mb4",
    "SET NAMES 'utf8mb4' COLLATE 'utf8mb4_general_ci'",
    "SET autocommit = 1, sql_mode = concat(@@sql_mode, ',STRICT_TRANS_TABLES')",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET character_set_results = NULL",
    "SET @@session.autocommit = OFF",
    "SHOW VARIABLES LIKE 'x'",
    "SHOW FULL TABLES FROM `oceanbase` LIKE 'CDB%'",
    "SHOW FULL COLUMNS FROM `CDB_OB_BACKUP_PARAMETER` FROM `oceanbase`",
    "SHOW WARNINGS",
    "SHOW DATABASES",
    "SHOW TABLES",
    "SHOW PARAMETERS LIKE 'tde_method' TENANT = t",
    "DESC t",
    "USE oceanbase",
    "BEGIN",
    "START TRANSACTION",
    "COMMIT",
    "ROLLBACK",
    "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///x' TENANT = t",
    "ALTER SYSTEM SET data_backup_dest = 'file:///x', log_archive_dest = '' TENANT ALL",
    "ALTER SYSTEM SET x = ?",
    "ALTER SYSTEM BACKUP KEY TENANT = t TO 'file:///x' ENCRYPTED BY 'x'",
    "CREATE TENANT IF NOT EXISTS t PRIMARY_ZONE = 'z', RESOURCE_POOL_LIST = ('p') SET a = '%'",
    "CREATE USER 'u'@'%' IDENTIFIED BY 'x'",
    "GRANT SELECT ON oceanbase.* TO 'u'@'%'",
};
constexpr std::string_view kOracleWarmUp[] = {
    "SELECT @@version_comment, @@version FROM DUAL WHERE ROWNUM <= 1",
    "SELECT * FROM SYS.DBA_OB_BACKUP_PARAMETER WHERE NAME = 'x' AND ROWNUM < 10",
    "SELECT TO_CHAR(SYSDATE, 'x') || 'y', NVL(a, 'z') FROM b ORDER BY 1 FETCH FIRST 10 ROWS ONLY",
    "ALTER SESSION SET NLS_DATE_FORMAT = 'x'",
    "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///x'",
    "ALTER SYSTEM BACKUP KEY TO 'file:///x' ENCRYPTED BY 'x'",
};

}  // namespace

void warm_up(std::size_t parsers) {
  std::vector<std::unique_ptr<Engine>> engines;
  ParseOptions options;
  options.parameters = true;
  ParseOptions oracle = ParseOptions::oracle();
  oracle.parameters = true;
  for (std::size_t i = 0; i < std::min(parsers, kMaxIdleParsers); ++i) {
    engines.push_back(pool().take());
    const auto parse = [&](std::string_view sql, const ParseOptions& how) {
      engines.back()->tokens().load(sql, how);
      engines.back()->parse();
      engines.back()->finish();
    };
    for (const std::string_view sql : kWarmUp) parse(sql, options);
    for (const std::string_view sql : kOracleWarmUp) parse(sql, oracle);
  }
  for (auto& engine : engines) pool().give_back(std::move(engine));
}

}  // namespace breakwater::grammar
