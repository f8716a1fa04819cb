#include "catalog/store/part_line.h"

#include <nlohmann/json.hpp>

#include "base/crypto.h"
#include "base/json_text.h"
#include "catalog/store/part.h"

namespace breakwater::catalog {
namespace {

using Json = nlohmann::ordered_json;

/// Objects in objects: a row's value that is none of its own is the third.
constexpr std::size_t kDeepest = 4;
constexpr std::size_t kMostValues = 512;  ///< far more than a table has columns

std::unexpected<Error> no_line() {
  return fail(error::checksum_error().with_hint("the backup holds what is no line of a tenant's part"));
}

// As bytes where it isn't UTF-8: names and paths are what clients sent.
Json json_of_text(const std::string& text) {
  Json json = text;
  try {
    json.dump();
  } catch (const Json::exception&) {
    return {{"text", crypto::to_base64(as_bytes(text))}};
  }
  return json;
}

Json json_of(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return json_of_text(*text);
  if (const auto* blob = std::get_if<Bytes>(&value)) return {{"blob", crypto::to_base64(*blob)}};
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return nullptr;
}

Json json_of_key(const TableShape& table, const Values& key) {
  Json json = Json::object();
  for (std::size_t i = 0; i < table.key.size(); ++i) json[table.columns[table.key[i]].name] = json_of(key[i]);
  return json;
}

// What stands in an object that is no plain value: its one name, and the bytes.
struct Wrapped {
  std::string kind;
  Bytes bytes;
};

std::optional<Wrapped> unwrap(const Json& json) {
  if (!json.is_object() || json.size() != 1 || !json.begin().value().is_string()) return std::nullopt;
  auto bytes = crypto::from_base64(json.begin().value().get_ref<const std::string&>());
  if (!bytes) return std::nullopt;
  return Wrapped{.kind = json.begin().key(), .bytes = *std::move(bytes)};
}

std::optional<Value> value_of_json(const Json& json) {
  if (json.is_null()) return Value();
  if (json.is_string()) return Value(json.get<std::string>());
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (json.is_number_integer()) return Value(json.get<std::int64_t>());
  if (json.is_number_float()) return Value(json.get<double>());
  auto wrapped = unwrap(json);
  if (wrapped && wrapped->kind == "blob") return Value(std::move(wrapped->bytes));
  if (wrapped && wrapped->kind == "text") return Value(std::string(as_text(wrapped->bytes)));
  return std::nullopt;
}

bool is_sealed(const Json& json) {
  return json.is_object() && (json.contains("sealed") || json.contains("sealed_text"));
}

// The plain values first: they say which value a secret is.
Result<Values> read_row(const TableShape& table, const Json& json, const TakeSealed& take_sealed) {
  if (!json.is_object() || json.size() != table.columns.size()) return no_line();
  Values row(table.columns.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto found = json.find(table.columns[i].name);
    if (found == json.end()) return no_line();
    if (is_sealed(*found)) continue;
    // A secret that stands in clear isn't ours: it could name another row's.
    if (table.rule->is_secret(table.columns[i].name) && !found->is_null()) return no_line();
    auto value = value_of_json(*found);
    if (!value) return no_line();
    row[i] = *std::move(value);
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Json& found = json.at(table.columns[i].name);
    if (!is_sealed(found)) continue;
    const auto wrapped = unwrap(found);
    if (!wrapped || !table.rule->is_secret(table.columns[i].name)) return no_line();
    BW_TRY(row[i], take_sealed(table, i, row, wrapped->bytes, wrapped->kind == "sealed_text"));
  }
  return row;
}

Result<Values> read_key(const TableShape& table, const Json& json) {
  if (!json.is_object() || json.size() != table.key.size()) return no_line();
  Values key;
  for (const std::size_t column : table.key) {
    const auto found = json.find(table.columns[column].name);
    auto value = found == json.end() ? std::nullopt : value_of_json(*found);
    if (!value) return no_line();
    key.push_back(*std::move(value));
  }
  return key;
}

// What isn't within is not built: a line may come from anybody, and objects here look for each name among all before it.
std::optional<Json> parse_bounded(std::string_view line) {
  if (!is_json_within(line, kDeepest, kMostValues)) return std::nullopt;
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

}  // namespace

std::string value_identity(const TableShape& table, std::size_t column, const Values& row) {
  Json json = {table.name, table.columns[column].name};
  for (const std::size_t at : table.key) json.push_back(json_of(row[at]));
  return json.dump();
}

Result<> LineWriter::head(std::int64_t schema_version, Scn scn, std::string_view history) {
  return sink_.line(Json{{"schema_version", schema_version}, {"scn", scn}, {"history", history}}.dump());
}

Result<Secret> LineWriter::open(const TableShape& table, std::size_t column, const Values& row) const {
  if (const auto* text = std::get_if<std::string>(&row[column])) return Secret(std::string_view(*text));
  const auto* blob = std::get_if<Bytes>(&row[column]);
  if (blob == nullptr) return no_line();
  if (table.rule->sealed != table.columns[column].name) return Secret(std::span<const std::uint8_t>(*blob));
  return keyring_.open(sealed_identity(table.name, table.sealed_for(row)), *blob);
}

Result<Bytes> LineWriter::seal(const TableShape& table, std::size_t column, const Values& row) {
  BW_TRY(const Secret plain, open(table, column, row));
  return sealer_.seal(value_identity(table, column, row), plain);
}

Result<> LineWriter::row(const TableShape& table, const Values& row) {
  Json json = Json::object();
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::string& name = table.columns[i].name;
    const bool there = !std::holds_alternative<std::monostate>(row[i]);
    if (there && table.rule->is_secret(name)) {
      BW_TRY(const Bytes sealed, seal(table, i, row));
      const bool text = std::holds_alternative<std::string>(row[i]);
      json[name] = {{text ? "sealed_text" : "sealed", crypto::to_base64(sealed)}};
    } else {
      json[name] = json_of(row[i]);
    }
  }
  return sink_.line(Json{{"table", table.name}, {"row", std::move(json)}}.dump());
}

Result<> LineWriter::gone(const TableShape& table, const Values& key) {
  return sink_.line(Json{{"table", table.name}, {"gone", json_of_key(table, key)}}.dump());
}

Result<> LineWriter::about(const TableShape& table, const Values& row) {
  Json json = Json::object();
  for (std::size_t i = 0; i < row.size(); ++i)
    if (!table.rule->is_secret(table.columns[i].name)) json[table.columns[i].name] = json_of(row[i]);
  return sink_.line(Json{{"about", table.name}, {"row", std::move(json)}}.dump());
}

Result<> LineWriter::changes(const std::vector<Change>& changes, TenantId tenant) {
  for (const Change& change : changes) {
    const bool stays = change.row && change.owner_after == tenant;
    if (change.gone && !stays) BW_CHECK(gone(*change.table, *change.gone));
  }
  for (const Change& change : changes)
    if (change.row && change.owner_after == tenant) BW_CHECK(row(*change.table, *change.row));
  return {};
}

bool is_head(std::string_view line) {
  return line.starts_with(R"({"schema_version":)");
}

Result<PartHead> read_head(std::string_view line) {
  const auto json = parse_bounded(line);
  const bool is_one = json && json->contains("scn") && (*json)["scn"].is_number_integer() &&
                      json->contains("history") && (*json)["history"].is_string();
  if (!is_one) return fail(error::checksum_error().with_hint("a line of the backup doesn't say its SCN"));
  return PartHead{.scn = (*json)["scn"].get<Scn>(), .history = (*json)["history"].get<std::string>()};
}

Result<PartLine> read_line(std::string_view line, const Shape* shape, const TakeSealed& take_sealed) {
  const auto parsed = parse_bounded(line);
  if (!parsed) return no_line();
  const Json& json = *parsed;
  if (json.contains("schema_version") && json["schema_version"].is_number_integer())
    return PartLine{.schema_version = json["schema_version"].get<std::int64_t>()};
  if (json.contains("about")) return PartLine{.about = true};
  const bool named = json.contains("table") && json["table"].is_string() && shape != nullptr;
  PartLine read;
  if (named) read.table = shape->find(json["table"].get_ref<const std::string&>());
  if (read.table == nullptr || read.table->rule->kind != TableClass::tenants) return no_line();
  read.gone = json.contains("gone");
  if (read.gone) {
    BW_TRY(read.values, read_key(*read.table, json["gone"]));
  } else if (json.contains("row")) {
    BW_TRY(read.values, read_row(*read.table, json["row"], take_sealed));
  } else {
    return no_line();
  }
  return read;
}

}  // namespace breakwater::catalog
