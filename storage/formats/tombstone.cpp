#include "storage/formats/tombstone.h"

#include <array>
#include <sstream>
#include <string_view>
#include <utility>

#include "storage/formats/plain_text.h"

namespace breakwater::storage {
namespace {

constexpr std::string_view kFirstLine = "Breakwater tombstone 1";
constexpr std::size_t kLongestPart = 512;
constexpr std::array<std::pair<std::string_view, std::string Tombstone::*>, 3> kParts = {
    {{"retired: ", &Tombstone::retired}, {"by: ", &Tombstone::by}, {"was: ", &Tombstone::was}}};

}  // namespace

Bytes encode(const Tombstone& tombstone) {
  std::string text;
  text.append(kFirstLine).append("\n");
  for (const auto& [name, member] : kParts)
    text.append(name).append(without_control(tombstone.*member)).append("\n");
  return {text.begin(), text.end()};
}

std::optional<Tombstone> decode_tombstone(std::span<const std::uint8_t> bytes) {
  std::istringstream lines{std::string(as_text(bytes))};
  std::string line;
  if (!std::getline(lines, line) || line != kFirstLine) return std::nullopt;
  Tombstone tombstone;
  while (std::getline(lines, line)) {
    for (const auto& [name, member] : kParts)
      if (line.starts_with(name)) tombstone.*member = without_control(line.substr(name.size(), kLongestPart));
  }
  return tombstone;
}

std::string describe(const Tombstone& tombstone) {
  return "retired on " + tombstone.retired + " by " + tombstone.by + "; was " + tombstone.was;
}

}  // namespace breakwater::storage
