#include "base/transcoder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include <iconv.h>

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

  /// Appends; `skipped` says how many bytes of what can't be converted make one '?'. `text` doesn't grow when it has room
  /// for what comes.
  template <class Skipped>
  std::size_t append(std::string_view from, std::string& text, Skipped skipped) {
    std::size_t lost = 0;
    iconv(iconv_, nullptr, nullptr, nullptr, nullptr);
    while (!from.empty()) {
      std::array<char, 512> part;
      char* in = const_cast<char*>(from.data());  // iconv() writes nothing there
      char* out = part.data();
      std::size_t left = from.size();
      std::size_t room = part.size();
      const std::size_t done = iconv(iconv_, &in, &left, &out, &room);
      const int why = done == static_cast<std::size_t>(-1) ? errno : 0;
      text.append(part.data(), part.size() - room);
      wipe(part.data(), part.size() - room);
      from.remove_prefix(from.size() - left);
      if (why == 0 || why == E2BIG) continue;
      const std::size_t bad = std::min(skipped(from), from.size());
      text.push_back('?');
      ++lost;
      from.remove_prefix(bad);
      iconv(iconv_, nullptr, nullptr, nullptr, nullptr);
    }
    return lost;
  }

 private:
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
  lost_ += to_->append(text, whole, [](std::string_view) { return std::size_t{1}; });
  return Secret::take(std::move(whole));
}

std::string_view Transcoder::from_utf8(std::string_view text) {
  given_.clear();
  lost_ += from_->append(text, given_, length_at);
  return given_;
}

}  // namespace breakwater
