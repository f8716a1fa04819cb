#include "catalog/dictionary/view.h"

namespace breakwater::catalog {

std::vector<Column> make_columns(std::span<const ColumnDecl> declarations) {
  std::vector<Column> columns;
  for (const ColumnDecl& d : declarations)
    columns.push_back({d.name, parse_type(d.type, std::string_view(d.nullable) == "YES"), {}});
  return columns;
}

std::string declared_type(const Column& column) {
  return column.declared.empty() ? declared_type(column.type) : column.declared;
}

std::string definition(const View& view) {
  const char quote = view.visible_to.oracle ? '"' : '`';
  return "CREATE VIEW " + (quote + view.name + quote) + " AS " + view.query;
}

void RowTable::add(std::initializer_list<Value> row) {
  std::size_t bytes = 2 * row.size() * sizeof(Value);  // a vector grows to twice what it needs
  for (const Value& value : row) {
    if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
  }
  if (taken.add(bytes)) values.insert(values.end(), row);
}

namespace {

class TableRows : public Rows {
 public:
  explicit TableRows(RowTable table) : table_(std::move(table)) {}

  bool next() override {
    at_ += started_ ? table_.width : 0;
    started_ = true;
    return at_ + table_.width <= table_.values.size();
  }

  Cell cell(std::size_t column) const override {
    const Value& value = table_.values[at_ + column];
    if (const auto* i = std::get_if<std::int64_t>(&value)) return Cell::of(*i);
    if (const auto* u = std::get_if<std::uint64_t>(&value)) return Cell::of(*u);
    if (const auto* d = std::get_if<double>(&value)) return Cell::of(*d);
    if (const auto* text = std::get_if<std::string>(&value)) return Cell::of(std::string_view(*text));
    return {};
  }

 private:
  RowTable table_;
  std::size_t at_ = 0;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<Rows> rows_of(RowTable table) {
  return std::make_unique<TableRows>(std::move(table));
}

}  // namespace breakwater::catalog
