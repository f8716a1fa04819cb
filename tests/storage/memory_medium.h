// A medium in memory, for the tests of those who work with one.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "storage/destination/medium.h"

namespace breakwater::storage {

class MemoryMedium final : public Medium {
 public:
  std::map<std::string, Bytes> objects;
  std::set<std::string> discarded;
  std::optional<FoundFormat> format;
  std::size_t page = 3;  ///< objects of a page
  std::function<void(const std::string& name)> before_get{};
  bool endless = false;  ///< a list has one page after the other, without objects
  std::size_t lists = 0;

  Task<Result<Put>> put_new(std::string name, Content content, Call /*call*/) override {
    BW_CO_CHECK(check(name, content));
    const auto [there, written] = objects.emplace(name, *content);
    co_return written || there->second == *content ? Put::written : Put::exists;
  }
  Task<Result<>> replace(std::string name, Content content, Call /*call*/) override {
    objects[name] = *content;
    co_return Result<>{};
  }
  Task<Result<std::optional<Bytes>>> get(std::string name, std::size_t limit, Call /*call*/) override {
    if (before_get) before_get(name);
    const auto found = objects.find(name);
    if (found == objects.end()) co_return std::nullopt;
    if (found->second.size() > limit) co_return fail(too_long(name));
    co_return found->second;
  }
  Task<Result<Page>> list(std::string prefix, std::string after, Call /*call*/) override {
    Page out;
    ++lists;
    if (endless) {
      out.next = after + "x";
      co_return out;
    }
    for (auto at = objects.upper_bound(after); at != objects.end(); ++at) {
      if (!at->first.starts_with(prefix)) continue;
      if (out.entries.size() == page) {
        out.next = out.entries.back().name;
        break;
      }
      out.entries.push_back({.name = at->first, .size = at->second.size()});
    }
    co_return out;
  }
  Task<Result<>> remove(std::string name, Call /*call*/) override {
    objects.erase(name);
    co_return Result<>{};
  }
  Task<Result<>> discard(std::string name, Call /*call*/) override {
    discarded.insert(name);
    co_return Result<>{};
  }
  Task<Result<bool>> is_discarded(std::string name, Call /*call*/) override {
    co_return discarded.contains(name);
  }
  Task<Result<>> sweep(std::string /*directory*/, Call /*call*/) override { co_return Result<>{}; }
  Task<Result<std::optional<FoundFormat>>> read_format(Call /*call*/) override { co_return format; }
};

}  // namespace breakwater::storage
