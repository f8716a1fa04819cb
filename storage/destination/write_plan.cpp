#include "storage/destination/write_plan.h"

#include <algorithm>
#include <ctime>

#include "base/text.h"
#include "storage/formats/temp_name.h"

namespace breakwater::storage {

namespace {

using Names = std::set<std::string, std::less<>>;

constexpr Timestamp kMicroseconds = 1'000'000;
constexpr std::string_view kMarkPrefix = "at ";

// As intents say it.
constexpr std::string_view kNone = "renews", kFormat = "", kBoth = "obbak";

std::string formats_name(FormatFiles formats) {
  if (formats == FormatFiles::none) return std::string(kNone);
  return std::string(formats == FormatFiles::both ? kBoth : kFormat);
}

FormatFiles formats_of(std::string_view name) {
  if (name == kNone) return FormatFiles::none;
  return name == kBoth ? FormatFiles::both : FormatFiles::format;
}

std::string local_time_stamp(Timestamp now) {
  const auto seconds = static_cast<std::time_t>(now / kMicroseconds);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, sizeof("YYYYMMDDTHHMMSS")> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%S", &parts)};
}

}  // namespace

std::string AnchorMark::to_line() const {
  std::string line = std::string(kMarkPrefix) + std::to_string(device) + " " + std::to_string(inode);
  if (depth) line += " " + std::to_string(*depth);
  return line;
}

std::optional<AnchorMark> AnchorMark::from_line(std::string_view line) {
  if (!line.starts_with(kMarkPrefix)) return std::nullopt;
  line.remove_prefix(kMarkPrefix.size());
  const auto next_number = [&line] {
    const std::size_t blank = std::min(line.find(' '), line.size());
    const auto number = whole_number<std::uint64_t>(line.substr(0, blank));
    line.remove_prefix(std::min(blank + 1, line.size()));
    return number;
  };
  const auto device = next_number();
  const auto inode = next_number();
  if (!device || !inode) return std::nullopt;
  AnchorMark mark{.device = *device, .inode = *inode};
  if (line.empty()) return mark;
  mark.depth = next_number();
  return mark.depth && line.empty() ? std::optional(mark) : std::nullopt;
}

std::string WritePlan::temp_format_name() const {
  return temp_name(token, "format");
}

std::string WritePlan::temp_check_name() const {
  return temp_name(token, "check");
}

Names WritePlan::names() const {
  const std::string below = std::string(kCheckDirectory) + "/";
  Names names{temp_format_name(), below + check_name, below + temp_check_name()};
  for (const std::string_view suffix : kProbeSuffixes) names.insert(temp_name(token, suffix));
  return names;
}

Result<> WritePlan::assign_dest_id(std::int64_t dest_id) {
  BW_TRY(FormatFile format, decode_format_file(format_bytes));
  format.dest_id = dest_id;
  format_bytes = encode(format);
  return {};
}

Result<Bytes> WritePlan::check_bytes() const {
  BW_TRY(const FormatFile format, decode_format_file(format_bytes));
  return encode(check_file_of(format));
}

std::vector<std::string> WritePlan::to_lines() const {
  std::vector<std::string> lines = {check_name, token, formats_name(formats)};
  if (began_in) lines.push_back(began_in->to_line());
  lines.insert(lines.end(), directories.begin(), directories.end());
  return lines;
}

std::optional<WritePlan> WritePlan::from_lines(const std::vector<std::string>& lines, Bytes format_bytes) {
  constexpr std::size_t kFixedLines = 3;
  if (lines.size() < kFixedLines || lines[0].empty() || lines[1].empty()) return std::nullopt;
  if (lines[0].find('/') != std::string::npos || lines[1].find('/') != std::string::npos) return std::nullopt;
  const auto mark = lines.size() > kFixedLines ? AnchorMark::from_line(lines[kFixedLines]) : std::nullopt;
  return WritePlan{.check_name = lines[0],
                   .token = lines[1],
                   .directories = {lines.begin() + kFixedLines + (mark ? 1 : 0), lines.end()},
                   .began_in = mark,
                   .format_bytes = std::move(format_bytes),
                   .formats = formats_of(lines[2])};
}

std::string check_file_prefix(std::uint64_t tenant_id) {
  return std::to_string(tenant_id) + "_connect_file_";
}

std::string check_file_name(std::uint64_t tenant_id, Timestamp now) {
  return check_file_prefix(tenant_id) + local_time_stamp(now) + ".obbak";
}

}  // namespace breakwater::storage
