// Texts of clients that use another character set than UTF-8, which everything is inside: by the system's iconv. Each of
// these sets has ASCII's characters as single bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace breakwater {

/// Converts between one character set and UTF-8. One thread at a time.
class Transcoder {
 public:
  /// `charset`: latin1 (which is cp1252, as MySQL's), ascii, gbk or gb18030. Null if it is another, or the system can't
  /// convert it.
  static std::unique_ptr<Transcoder> open(std::string_view charset);
  ~Transcoder();
  Transcoder(const Transcoder&) = delete;
  Transcoder& operator=(const Transcoder&) = delete;

  /// What isn't of the character set becomes '?', and counts. A statement may hold a secret.
  Secret to_utf8(std::string_view text);
  /// The same, but nothing if there is something that isn't of the character set: at once.
  std::optional<Secret> all_to_utf8(std::string_view text);
  /// What the character set doesn't have becomes '?', and counts. Valid until the next call.
  std::string_view from_utf8(std::string_view text);
  /// How many characters were lost so far.
  std::size_t lost() const { return lost_; }

  /// The most bytes that to_utf8() makes of one.
  static constexpr std::size_t kMostGrowth = 3;

 private:
  class Converter;
  Transcoder(std::unique_ptr<Converter> to, std::unique_ptr<Converter> from);

  std::unique_ptr<Converter> to_;
  std::unique_ptr<Converter> from_;
  std::string given_;
  std::size_t lost_ = 0;
};

}  // namespace breakwater
