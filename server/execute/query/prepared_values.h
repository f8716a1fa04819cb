// Converts the values for `?` to those of the engine and the parser.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "catalog/bind/query.h"
#include "grammar/parser.h"
#include "server/protocol/binary.h"

namespace breakwater::server::execute {

/// Dates and times become text, as the engine reads them.
catalog::Value value_of(const protocol::ParameterValue& received);
catalog::ParameterKind kind_of(const protocol::ParameterValue& received);

/// The literals for the values of a statement that is parsed with them. Texts stay where they were received;
/// only values that can't be secrets are written as text.
class ParameterTexts {
 public:
  explicit ParameterTexts(std::span<const protocol::ParameterValue> received);
  std::span<const grammar::ParameterText> list() const { return list_; }

 private:
  std::vector<grammar::ParameterText> list_;
  std::deque<std::string> written_;
};

}  // namespace breakwater::server::execute
