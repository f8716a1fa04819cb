#include "base/transcoder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include <iconv.h>

#include "base/text.h"

namespace breakwater {
namespace {

/// iconv's name, and the most bytes of one character.
struct Known {
  std::string_view charset;
  const char* name;
};
constexpr std::array kKnown = {Known{"latin1", "CP1252"}, Known{"ascii", "ASCII"}, Known{"gbk", "GBK"},
                               Known{"gb18030", "GB18030"}};
constexpr const char* kUtf8 = "UTF-8";

/// Of one UTF-8 character, or of what is left of one.
std::size_t length_at(std::string_view text) {
  constexpr std::size_t kUtf8Longest = 4;
  std::size_t length = 1;
  const auto continues = [&] { return (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U; };
  while (length < std::min(kUtf8Longest, text.size()) && continues()) ++length;
  return length;
}

}  // namespace

class Transcoder::Converter {
 public:
  static std::unique_ptr<Converter> open(const char* to, const char* from) {
    const iconv_t opened = iconv_open(to, from);
    if (opened == reinterpret_cast<iconv_t>(-1)) return nullptr;
    return std::make_unique<Converter>(opened);
  }
  explicit Converter(iconv_t opened) : iconv_(opened) {}
  ~Converter() { iconv_close(iconv_); }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  /// Appends; `bad` says how many bytes of what can't be converted make one '?'. Returns how many there were; with
  /// `stop` it leaves off at the first. `text` doesn't grow when it has room for what comes.
  template <class Bad>
  std::size_t append(std::string_view from, std::string& text, Bad bad, bool stop) {
    std::size_t lost = 0;
    bool was_bad = false;
    while (!from.empty()) {
      const std::size_t ascii = ascii_prefix(from);  // the same in every character set here
      text.append(from.substr(0, ascii));
      from.remove_prefix(ascii);
      if (from.empty()) break;
      const bool converted = convert(from, was_bad ? kLongest : kPiece, text);
      was_bad = !converted;
      if (converted) continue;
      if (stop) return 1;
      ++lost;
      text.push_back('?');
      from.remove_prefix(std::min(bad(from), from.size()));
    }
    return lost;
  }

 private:
  /// The system's iconv() does a piece again in which it has met something: a short one costs little.
  static constexpr std::size_t kPiece = 64;
  static constexpr std::size_t kLongest = 4;  ///< bytes of a character

  /// Converts at most `most` bytes, and takes off `from` what it has converted. False: nothing can be made of what comes
  /// next.
  bool convert(std::string_view& from, std::size_t most, std::string& text) {
    const std::string_view piece = from.substr(0, most);
    std::array<char, 4 * kPiece> given;
    char* in = const_cast<char*>(piece.data());  // iconv() writes nothing there
    char* out = given.data();
    std::size_t left = piece.size();
    std::size_t room = given.size();
    iconv(iconv_, nullptr, nullptr, nullptr, nullptr);
    iconv(iconv_, &in, &left, &out, &room);
    text.append(given.data(), given.size() - room);
    wipe(given.data(), given.size() - room);
    from.remove_prefix(piece.size() - left);
    return left != piece.size();
  }

  iconv_t iconv_;
};

Transcoder::Transcoder(std::unique_ptr<Converter> to, std::unique_ptr<Converter> from)
    : to_(std::move(to)), from_(std::move(from)) {}

Transcoder::~Transcoder() = default;

std::unique_ptr<Transcoder> Transcoder::open(std::string_view charset) {
  const auto* const known = std::ranges::find(kKnown, charset, &Known::charset);
  if (known == kKnown.end()) return nullptr;
  auto to = Converter::open(kUtf8, known->name);
  auto from = Converter::open(known->name, kUtf8);
  if (to == nullptr || from == nullptr) return nullptr;
  return std::unique_ptr<Transcoder>(new Transcoder(std::move(to), std::move(from)));
}

Secret Transcoder::to_utf8(std::string_view text) {
  std::string whole;
  whole.reserve(text.size() * kMostGrowth);  // so that nothing of it is left behind by a move
  lost_ += to_->append(text, whole, [](std::string_view) { return std::size_t{1}; }, false);
  return Secret::take(std::move(whole));
}

std::optional<Secret> Transcoder::all_to_utf8(std::string_view text) {
  std::string whole;
  whole.reserve(text.size() * kMostGrowth);
  const auto bad = to_->append(text, whole, [](std::string_view) { return std::size_t{1}; }, true);
  Secret taken = Secret::take(std::move(whole));
  if (bad != 0) return std::nullopt;
  return taken;
}

std::string_view Transcoder::from_utf8(std::string_view text) {
  given_.clear();
  lost_ += from_->append(text, given_, length_at, false);
  return given_;
}

}  // namespace breakwater
