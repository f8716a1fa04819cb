// The statement cache: SELECT texts with their literals taken out -> plans. A hit costs one hash of the text.
//
// Texts with the same key differ only in their literals. A plan says which literals it takes as values; all
// others must be the same for a hit, so a key can have several plans. Two generations limit the size: when
// the young one is full, it becomes the old one, and an entry that is found there moves back to the young
// one.
//
// Belongs to one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "catalog/bind/query.h"
#include "grammar/parser.h"

namespace breakwater::server::execute {

class PlanCache {
 public:
  static constexpr std::size_t kMaxEntries = 512;                  ///< of each generation
  static constexpr std::size_t kMaxVariants = 8;                   ///< plans of one key
  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20U;  ///< of each generation, approximately

  struct Hit {
    std::shared_ptr<const catalog::Plan> plan;
    /// The text of each of plan->free_literals; views into the statement.
    std::vector<std::string_view> literals;
  };

  /// Returns whether there is a hit, and fills `hit`, whose memory it reuses. `environment`: the other things
  /// that the plan depends on (database, visibility class, sql_mode, character set), as text.
  bool find(const grammar::Fingerprint& text, std::string_view environment, Hit& hit);

  void add(const grammar::Fingerprint& text, std::string_view environment,
           const std::shared_ptr<const catalog::Plan>& plan);

 private:
  struct FixedLiteral {
    std::size_t ordinal;
    std::string text;
  };
  struct Variant {
    std::shared_ptr<const catalog::Plan> plan;
    std::vector<std::size_t> free_ordinals;
    std::vector<FixedLiteral> fixed;
  };
  using Variants = std::vector<Variant>;
  using Generation = std::unordered_map<std::string, Variants, StringHash, std::equal_to<>>;

  const std::string& key_of(const grammar::Fingerprint& text, std::string_view environment);
  Variants* variants_of(const std::string& key);
  static bool matches(const Variant& variant, const grammar::Fingerprint& text);

  void grow_old();

  std::string key_;
  std::size_t young_bytes_ = 0;
  Generation young_;
  Generation old_;
};

}  // namespace breakwater::server::execute
