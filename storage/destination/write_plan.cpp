#include "storage/destination/write_plan.h"

#include <algorithm>

#include "storage/formats/temp_name.h"
#include "storage/formats/time_name.h"

namespace breakwater::storage {

namespace {

using Names = std::set<std::string, std::less<>>;

}  // namespace

bool is_probe_file_name(std::string_view name) {
  if (!is_temp_name(name)) return false;
  const std::size_t end = name.rfind('.');
  const std::string_view suffix = name.substr(end + 1);
  const std::string_view token = name.substr(0, end).substr(name.substr(0, end).rfind('.') + 1);
  return is_token(token) && name == temp_name(token, suffix) &&
         std::ranges::find(kProbeSuffixes, suffix) != kProbeSuffixes.end();
}

void WritePlan::make_only_probes(Probes probes) {
  formats = FormatFiles::none;
  only_probes = true;
  brief = probes == Probes::brief;
  // The last one of those that are missing is that of the check files.
  if (!directories.empty()) directories.pop_back();
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
  Bytes bytes = encode(check_file_of(format));
  bytes.insert(bytes.end(), check_proof.begin(), check_proof.end());
  return bytes;
}

std::string describe(const FoundFormat& found) {
  return found.tombstone ? describe(*found.tombstone) : "formatted: " + describe(found.file);
}

std::string check_file_prefix(std::uint64_t tenant_id) {
  return std::to_string(tenant_id) + "_connect_file_";
}

std::string check_file_name(std::uint64_t tenant_id, Timestamp now) {
  return check_file_prefix(tenant_id) + local_time_stamp(now) + ".obbak";
}

bool is_check_file_name(std::string_view name, std::uint64_t tenant_id) {
  constexpr std::string_view kShape = "00000000T000000.obbak";
  const std::string prefix = check_file_prefix(tenant_id);
  if (!name.starts_with(prefix) || name.size() != prefix.size() + kShape.size()) return false;
  return std::ranges::equal(name.substr(prefix.size()), kShape, [](char c, char shape) {
    return shape == '0' ? c >= '0' && c <= '9' : c == shape;
  });
}

}  // namespace breakwater::storage
