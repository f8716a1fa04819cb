#include "server/execute/backup/intent_record.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

namespace breakwater::server::execute {
namespace {

using Lines = std::vector<std::string>;
using storage::AnchorMark;
using storage::FormatFiles;

constexpr std::string_view kVersion = "1";
constexpr std::string_view kProbes = "probes";

// ---- fields ----

void put(Bytes& record, std::string_view name, std::string_view value) {
  for (const std::string_view part : {name, std::string_view("="), value})
    record.insert(record.end(), part.begin(), part.end());
  record.push_back(0);
}

class Fields {
 public:
  explicit Fields(const Bytes& record) {
    std::string_view rest = as_text(record);
    for (auto end = rest.find('\0'); end != std::string_view::npos; end = rest.find('\0')) {
      const std::string_view field = rest.substr(0, end);
      const std::size_t name = std::min(field.find('='), field.size());
      fields_.emplace_back(field.substr(0, name), field.substr(std::min(name + 1, field.size())));
      rest.remove_prefix(end + 1);
    }
  }

  std::optional<std::string_view> find(std::string_view name) const {
    const auto at = std::ranges::find(fields_, name, &std::pair<std::string_view, std::string_view>::first);
    return at == fields_.end() ? std::nullopt : std::optional(at->second);
  }

  std::string get(std::string_view name) const { return std::string(find(name).value_or("")); }

  Lines all(std::string_view name) const {
    Lines values;
    for (const auto& [field, value] : fields_)
      if (field == name) values.emplace_back(value);
    return values;
  }

 private:
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
};

// ---- what stands in them ----

std::string mark_text(const AnchorMark& mark) {
  std::string text = std::to_string(mark.device) + " " + std::to_string(mark.inode);
  if (mark.depth) text += " " + std::to_string(*mark.depth);
  return text;
}

std::optional<AnchorMark> mark_of(std::string_view text) {
  const auto next_number = [&text] {
    const std::size_t blank = std::min(text.find(' '), text.size());
    const auto number = whole_number<std::uint64_t>(text.substr(0, blank));
    text.remove_prefix(std::min(blank + 1, text.size()));
    return number;
  };
  const auto device = next_number();
  const auto inode = next_number();
  if (!device || !inode) return std::nullopt;
  AnchorMark mark{.device = *device, .inode = *inode};
  if (text.empty()) return mark;
  mark.depth = next_number();
  return mark.depth && text.empty() ? std::optional(mark) : std::nullopt;
}

constexpr std::array<std::pair<FormatFiles, std::string_view>, 3> kFormats = {
    {{FormatFiles::none, "none"}, {FormatFiles::format, "format"}, {FormatFiles::both, "both"}}};

std::string_view formats_text(FormatFiles formats) {
  return std::ranges::find(kFormats, formats, &std::pair<FormatFiles, std::string_view>::first)->second;
}

std::optional<FormatFiles> formats_of(std::string_view text) {
  const auto at = std::ranges::find(kFormats, text, &std::pair<FormatFiles, std::string_view>::second);
  return at == kFormats.end() ? std::nullopt : std::optional(at->first);
}

std::optional<crypto::Sha256> digest_of(std::span<const std::uint8_t> bytes) {
  crypto::Sha256 digest{};
  if (bytes.size() != digest.size()) return std::nullopt;
  std::ranges::copy(bytes, digest.begin());
  return digest;
}

// A plan removes what it names: a name that could lead elsewhere is none.
bool is_name(std::string_view name) {
  return !name.empty() && name.find('/') == std::string_view::npos;
}

bool is_whole(const storage::WritePlan& plan) {
  return is_name(plan.check_name) && is_name(plan.token);
}

bool is_whole(const storage::KeyFilePlan& plan) {
  return plan.path.starts_with('/') && is_name(plan.temp_name);
}

// ---- the form of today ----

void put_place(Bytes& record, const std::optional<AnchorMark>& began_in, const Lines& directories) {
  if (began_in) put(record, "began_in", mark_text(*began_in));
  for (const std::string& directory : directories) put(record, "directory", directory);
}

void put_record(Bytes& record, const DestinationIntent& intent) {
  put(record, "makes", "destination");
  put(record, "check", intent.plan.check_name);
  put(record, "token", intent.plan.token);
  put(record, "formats", formats_text(intent.plan.formats));
  if (!intent.plan.check_proof.empty()) put(record, "proof", crypto::to_hex(intent.plan.check_proof));
  put_place(record, intent.plan.began_in, intent.plan.directories);
}

void put_record(Bytes& record, const KeyIntent& intent) {
  put(record, "makes", "key");
  put(record, "digest", crypto::to_hex(intent.digest));
  if (intent.newest > 0) {
    put(record, "newest", std::to_string(intent.newest));
    put(record, "protected", intent.is_protected ? "yes" : "no");
  }
  if (!intent.plan) return;
  put(record, "file", intent.plan->path);
  put(record, "temp", intent.plan->temp_name);
  put(record, "replaces", intent.plan->replaces ? "yes" : "no");
  put_place(record, intent.plan->began_in, intent.plan->directories);
}

void put_record(Bytes& record, const ProbeIntent& intent) {
  put(record, "makes", kProbes);
  put(record, "place", intent.place_key);
  put(record, "check", intent.plan.check_name);
  put(record, "token", intent.plan.token);
  put_place(record, intent.plan.began_in, intent.plan.directories);
}

std::optional<IntentRecord> probe_record(const Fields& fields, const Bytes& format) {
  const auto began_in = fields.find("began_in");
  const auto mark = began_in ? mark_of(*began_in) : std::nullopt;
  if (began_in && !mark) return std::nullopt;
  storage::WritePlan plan{.check_name = fields.get("check"),
                          .token = fields.get("token"),
                          .directories = fields.all("directory"),
                          .began_in = mark,
                          .format_bytes = format,
                          .formats = FormatFiles::none,
                          .only_probes = true};
  if (!is_whole(plan)) return std::nullopt;
  return ProbeIntent{.plan = std::move(plan), .place_key = fields.get("place")};
}

void put_record(Bytes& record, const GiveUpIntent& intent) {
  put(record, "makes", "room");
  put(record, "tenant", std::to_string(intent.plan.tenant_id));
  put(record, "token", intent.plan.token);
  put(record, "tombstone", crypto::to_hex(intent.plan.tombstone));
  put(record, "file_system", intent.plan.file_system);
  if (intent.plan.above) put(record, "above", mark_text(*intent.plan.above));
}

std::optional<IntentRecord> give_up_record(const Fields& fields, const Bytes& format) {
  const auto above = fields.find("above");
  const auto mark = above ? mark_of(*above) : std::nullopt;
  const auto tenant = whole_number<std::uint64_t>(fields.get("tenant"));
  const auto tombstone = crypto::from_hex(fields.get("tombstone"));
  if (!tenant || !tombstone || (above && !mark) || !is_name(fields.get("token"))) return std::nullopt;
  return GiveUpIntent{{.tenant_id = *tenant,
                       .token = fields.get("token"),
                       .format_bytes = format,
                       .tombstone = *tombstone,
                       .file_system = fields.get("file_system"),
                       .above = mark}};
}

std::optional<IntentRecord> destination_record(const Fields& fields, const Bytes& format) {
  const auto began_in = fields.find("began_in");
  const auto mark = began_in ? mark_of(*began_in) : std::nullopt;
  const auto formats = formats_of(fields.get("formats"));
  const auto proof = crypto::from_hex(fields.get("proof"));
  if (!formats || !proof || (began_in && !mark)) return std::nullopt;
  storage::WritePlan plan{.check_name = fields.get("check"),
                          .token = fields.get("token"),
                          .directories = fields.all("directory"),
                          .began_in = mark,
                          .format_bytes = format,
                          .formats = *formats,
                          .check_proof = *proof};
  if (!is_whole(plan)) return std::nullopt;
  return DestinationIntent{std::move(plan)};
}

std::optional<IntentRecord> key_record(const Fields& fields) {
  const auto bytes = crypto::from_hex(fields.get("digest"));
  const auto digest = bytes ? digest_of(*bytes) : std::nullopt;
  if (!digest) return std::nullopt;
  KeyIntent intent{.plan = std::nullopt,
                   .digest = *digest,
                   .newest = whole_number<std::int64_t>(fields.get("newest")).value_or(0),
                   .is_protected = fields.get("protected") == "yes"};
  const auto path = fields.find("file");
  if (!path) return intent;
  const auto began_in = fields.find("began_in");
  const auto mark = began_in ? mark_of(*began_in) : std::nullopt;
  if (began_in && !mark) return std::nullopt;
  storage::KeyFilePlan plan{.path = std::string(*path),
                            .temp_name = fields.get("temp"),
                            .directories = fields.all("directory"),
                            .replaces = fields.get("replaces") == "yes",
                            .began_in = mark,
                            .anchor = {}};
  if (!is_whole(plan)) return std::nullopt;
  intent.plan = std::move(plan);
  return intent;
}

// ---- the forms of older versions ----

constexpr std::size_t kFixedLines = 3;

// No directory begins as a mark does.
std::optional<AnchorMark> mark_of(const Lines& lines) {
  constexpr std::string_view kPrefix = "at ";
  if (lines.size() <= kFixedLines || !lines[kFixedLines].starts_with(kPrefix)) return std::nullopt;
  return mark_of(std::string_view(lines[kFixedLines]).substr(kPrefix.size()));
}

Lines directories_of(const Lines& lines) {
  return {lines.begin() + kFixedLines + (mark_of(lines) ? 1 : 0), lines.end()};
}

FormatFiles old_formats_of(std::string_view line) {
  if (line == "renews") return FormatFiles::none;
  return line == "obbak" ? FormatFiles::both : FormatFiles::format;
}

std::optional<IntentRecord> old_destination_record(const Lines& lines, const Bytes& format) {
  if (lines.size() < kFixedLines) return std::nullopt;
  storage::WritePlan plan{.check_name = lines[0],
                          .token = lines[1],
                          .directories = directories_of(lines),
                          .began_in = mark_of(lines),
                          .format_bytes = format,
                          .formats = old_formats_of(lines[2])};
  if (!is_whole(plan)) return std::nullopt;
  return DestinationIntent{std::move(plan)};
}

std::optional<IntentRecord> old_key_record(const Lines& lines, const Bytes& format) {
  const auto digest = digest_of(format);
  if (!digest) return std::nullopt;
  KeyIntent intent{.plan = std::nullopt, .digest = *digest};
  if (lines.size() < kFixedLines) return intent;
  storage::KeyFilePlan plan{.path = lines[0],
                            .temp_name = lines[1],
                            .directories = directories_of(lines),
                            .replaces = lines[2] == "replaces",
                            .began_in = mark_of(lines),
                            .anchor = {}};
  if (is_whole(plan)) intent.plan = std::move(plan);
  return intent;
}

}  // namespace

catalog::KeyBackupNote note_of(const KeyIntent& made, const catalog::DestinationKey& key, Timestamp when) {
  return {.version = made.newest,
          .time = when,
          .path = key.path,
          .endpoint = key.endpoint,
          .is_protected = made.is_protected};
}

Bytes encode_record(const IntentRecord& record) {
  Bytes bytes;
  put(bytes, "intent", kVersion);
  std::visit([&](const auto& intent) { put_record(bytes, intent); }, record);
  return bytes;
}

std::optional<IntentRecord> decode_record(const catalog::Intent& intent) {
  const catalog::IntentSpec& spec = intent.spec;
  const bool key = spec.kind == catalog::DestinationKind::backup_key;
  if (spec.record.empty())
    return key ? old_key_record(intent.lines, spec.format)
               : old_destination_record(intent.lines, spec.format);
  const Fields fields(spec.record);
  if (fields.find("intent") != kVersion) return std::nullopt;
  if (!key && fields.find("makes") == kProbes) return probe_record(fields, spec.format);
  if (!key && fields.find("makes") == "room") return give_up_record(fields, spec.format);
  if (fields.find("makes") != (key ? "key" : "destination")) return std::nullopt;
  return key ? key_record(fields) : destination_record(fields, spec.format);
}

std::string place_of(const catalog::Intent& intent) {
  if (!is_probe(intent)) return intent.spec.path_key;
  return Fields(intent.spec.record).get("place");
}

bool is_claim(const catalog::Intent& intent) {
  const auto record = decode_record(intent);
  const auto* set = record ? std::get_if<DestinationIntent>(&*record) : nullptr;
  return set != nullptr && set->plan.formats != storage::FormatFiles::none;
}

bool is_probe(const catalog::Intent& intent) {
  return Fields(intent.spec.record).find("makes") == kProbes;
}

}  // namespace breakwater::server::execute
