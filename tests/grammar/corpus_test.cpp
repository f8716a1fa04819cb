// Statements printed in OceanBase's documents, and what clients send by themselves.
#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "grammar/diagnose.h"
#include "grammar/helpers.h"

namespace breakwater::test {
namespace {

/// The writers' slips: each is an error, near the place.
struct Slip {
  std::string_view statement;
  std::string_view near;
};
constexpr Slip kSlips[] = {
    {"CREATE TENANT IF NOT EXISTS tenant1 ZONE_LIST=('zone1'), PRIMARY_ZONE='zone1', "
     "RESOURCE_POOL_LIST=('pool1') SET "
     "ob_compatibility_mode='oracle', set ob_tcp_invited_nodes='%';",
     "near 'set ob_tcp_invited_nodes='***';' at line 1"},
    // Words that stand for literals, without quotes.
    {"ALTER SYSTEM ADD DELETE BACKUP POLICY policy_name RECOVERY_WINDOW recovery_window;",
     "near 'policy_name RECOVERY_WINDOW recovery_window;' at line 1"},
    {"ALTER SYSTEM DROP DELETE BACKUP POLICY policy_name;", "near 'policy_name;' at line 1"},
    // A full-width comma.
    {"SET DECRYPTION IDENTIFIED BY 'password1'，'password2';", "near ''***'' at line 1"},
};

/// In the mode it is written for.
std::string tree_of(const std::string& sql) {
  return parsed(sql,
                sql.starts_with("ADMINISTER") ? grammar::ParseOptions::oracle() : grammar::ParseOptions{});
}

std::vector<std::string> recorded_trees(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> trees;
  for (std::string line; std::getline(file, line);) trees.push_back(line);
  return trees;
}

/// tests/grammar/corpus.trees has a line for each statement. A change of the grammar that is meant to change
/// them writes them anew with BREAKWATER_WRITE_TREES=1 in the environment, to be read in the commit's diff.
TEST(Corpus, EachStatementHasItsTree) {
  const std::string path = std::string(BREAKWATER_SOURCE_DIR) + "/tests/grammar/corpus.trees";
  const std::vector<std::string> statements = corpus();
  if (std::getenv("BREAKWATER_WRITE_TREES") != nullptr) {
    std::ofstream file(path);
    for (const std::string& sql : statements) file << tree_of(sql) << "\n";
  }
  const std::vector<std::string> trees = recorded_trees(path);
  ASSERT_EQ(trees.size(), statements.size());
  for (std::size_t i = 0; i < trees.size(); ++i) EXPECT_EQ(tree_of(statements[i]), trees[i]) << statements[i];
}

TEST(Corpus, EveryStatementParsesOrIsAKnownSlip) {
  const std::vector<std::string> statements = corpus();
  EXPECT_GT(statements.size(), 300U);
  for (const std::string& sql : statements) {
    const std::string tree = parsed(sql);
    const auto* slip = std::ranges::find(kSlips, sql, &Slip::statement);
    if (slip == std::end(kSlips)) {
      EXPECT_FALSE(tree.starts_with("error")) << sql << "\n  " << tree;
    } else {
      EXPECT_NE(tree.find(slip->near), std::string::npos) << tree;
    }
  }
}

TEST(Corpus, NoStatementFitsTwoRulesOrNeedsTheSlowPrediction) {
  for (const auto& options : {grammar::ParseOptions{}, grammar::ParseOptions::oracle()}) {
    for (const std::string& sql : corpus()) {
      const grammar::Diagnosis found = grammar::diagnose(sql, options);
      EXPECT_EQ(found.ambiguities, 0U) << sql;
      EXPECT_FALSE(found.needs_ll) << sql;
    }
  }
}

/// The statements of the pages on Oracle mode, in the mode they are written for.
TEST(Corpus, OracleStatementsParseInOracleMode) {
  for (const std::string& sql : corpus()) {
    if (!sql.starts_with("ADMINISTER")) continue;
    const std::string tree = parsed(sql, grammar::ParseOptions::oracle());
    // "IDENTIFIED BY **3**": what the writer masked is no password.
    EXPECT_EQ(tree.starts_with("error"), sql.find("**") != std::string::npos) << sql << "\n  " << tree;
  }
}

}  // namespace
}  // namespace breakwater::test
