#include "server/execute/context/plan_cache.h"

#include <algorithm>

namespace breakwater::server::execute {

const std::string& PlanCache::key_of(const grammar::Fingerprint& text, std::string_view environment) {
  key_.assign(text.key);
  key_.push_back('\0');
  key_.append(environment);
  return key_;
}

void PlanCache::grow_old() {
  old_ = std::move(young_);
  young_.clear();
  young_bytes_ = 0;
}

PlanCache::Variants* PlanCache::variants_of(const std::string& key) {
  if (const auto found = young_.find(key); found != young_.end()) return &found->second;
  const auto found = old_.find(key);
  if (found == old_.end()) return nullptr;
  Variants variants = std::move(found->second);
  old_.erase(found);
  if (young_.size() >= kMaxEntries || young_bytes_ >= kMaxBytes) grow_old();
  young_bytes_ += key.size();
  for (const Variant& variant : variants) young_bytes_ += variant.plan->bytes + key.size();
  return &young_.emplace(key, std::move(variants)).first->second;
}

bool PlanCache::matches(const Variant& variant, const grammar::Fingerprint& text) {
  return std::ranges::all_of(variant.fixed, [&](const FixedLiteral& literal) {
    return text.literals[literal.ordinal].text() == literal.text;
  });
}

bool PlanCache::find(const grammar::Fingerprint& text, std::string_view environment, Hit& hit) {
  Variants* variants = variants_of(key_of(text, environment));
  if (variants == nullptr) return false;
  const auto variant = std::ranges::find_if(*variants, [&](const Variant& v) { return matches(v, text); });
  if (variant == variants->end()) return false;
  hit.plan = variant->plan;
  hit.literals.clear();
  for (const std::size_t ordinal : variant->free_ordinals)
    hit.literals.push_back(text.literals[ordinal].text());
  return true;
}

void PlanCache::add(const grammar::Fingerprint& text, std::string_view environment,
                    const std::shared_ptr<const catalog::Plan>& plan) {
  if (!text.cacheable || !plan->cacheable) return;
  Variant variant{.plan = plan, .free_ordinals = {}, .fixed = {}};
  std::vector<bool> is_free(text.literals.size(), false);
  for (const catalog::FreeLiteral& literal : plan->free_literals) {
    const auto found =
        std::ranges::find(text.literals, literal.offset, &grammar::Fingerprint::Literal::offset);
    if (found == text.literals.end())
      return;  // the scanner and the parser disagree about this text: don't keep it
    const auto ordinal = static_cast<std::size_t>(found - text.literals.begin());
    is_free[ordinal] = true;
    variant.free_ordinals.push_back(ordinal);
  }
  for (std::size_t i = 0; i < text.literals.size(); ++i) {
    if (!is_free[i]) variant.fixed.push_back({i, std::string(text.literals[i].text())});
  }
  const std::string& key = key_of(text, environment);
  Variants* variants = variants_of(key);
  if (variants == nullptr) {
    if (young_.size() >= kMaxEntries || young_bytes_ >= kMaxBytes) grow_old();
    young_bytes_ += key.size();
    variants = &young_[key];
  }
  if (variants->size() >= kMaxVariants) variants->erase(variants->begin());
  young_bytes_ += plan->bytes + key.size();  // erased plans stay counted: the generation only ends sooner
  variants->push_back(std::move(variant));
}

}  // namespace breakwater::server::execute
