// A prepared statement's text with values for its parameters: a value never changes how many there are or
// whether the text is a statement.
#include <string>
#include <vector>

#include "fuzz/fuzz.h"
#include "grammar/parser.h"

namespace breakwater {

using namespace grammar;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostValues = 16;
  fuzz::Input input(data, size);
  constexpr ParameterText kNumbers[] = {{ast::LiteralKind::integer, "-7"},
                                        {ast::LiteralKind::decimal, "1.5"}};
  const std::uint8_t kinds = input.byte();
  const std::string_view text = as_text(input.some());
  const ParseOptions options{.parameters = true};
  const auto without = parse(input.text(), options);
  if (!without || without->parameter_count == 0 || without->parameter_count > kMostValues) return 0;
  std::vector<ParameterText> values;
  for (std::uint32_t i = 0; i < without->parameter_count; ++i) {
    switch ((kinds >> (i % 4 * 2)) & 3U) {
      case 0:
        values.push_back({ast::LiteralKind::string, text});
        break;
      case 1:
        values.push_back({ast::LiteralKind::null, {}});
        break;
      case 2:
        values.push_back(kNumbers[0]);
        break;
      default:
        values.push_back(kNumbers[1]);
    }
  }
  const auto with = parse(input.text(), options, values);
  fuzz::require(with.has_value() && with->parameter_count == without->parameter_count &&
                with->has_secret == without->has_secret &&
                with->statement.index() == without->statement.index());
  return 0;
}

}  // namespace breakwater
