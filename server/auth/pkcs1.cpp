#include "server/auth/pkcs1.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/crypto.h"

namespace breakwater::auth {
namespace {

constexpr std::size_t kOverhead = 11;  ///< 00 02, eight bytes at least, 00
constexpr std::size_t kLongest = kRsaBlock - kOverhead;
constexpr std::size_t kSeparatorFrom = 10;  ///< the first position where the second 00 may be

using Block = std::array<std::uint8_t, kRsaBlock>;
/// All ones or all zeros: yes or no, without a branch.
using Mask = std::uint32_t;

// Hides the value from the compiler, so that it makes no branch of it.
Mask hidden(Mask value) {
  asm volatile("" : "+r"(value));  // NOLINT(hicpp-no-assembler)
  return value;
}
Mask is_zero(std::uint32_t value) {
  return hidden(0U - ((~value & (value - 1)) >> 31U));
}
Mask is_less(std::uint32_t a, std::uint32_t b) {  // both below 2^31
  return hidden(0U - ((a - b) >> 31U));
}
std::uint32_t choose(Mask mask, std::uint32_t yes, std::uint32_t no) {
  return (mask & yes) | (~mask & no);
}

// A block of HMAC-SHA256(counter, label).
Block expand(const Secret& key, std::string_view label) {
  Block out{};
  for (std::size_t done = 0; done < out.size(); done += crypto::Sha256{}.size()) {
    std::string input(label);
    input.push_back(static_cast<char>(done / crypto::Sha256{}.size()));
    const Secret part = crypto::hmac(crypto::Algorithm::sha256, key.reveal(), input);
    std::ranges::copy(part.reveal_bytes(), out.begin() + static_cast<std::ptrdiff_t>(done));
  }
  return out;
}

// The last of 128 candidates that is a possible length of a message. The probability that none is: 2^-590.
std::uint32_t chance_length(const Block& candidates) {
  std::uint32_t length = 0;
  for (std::size_t i = 0; i + 1 < candidates.size(); i += 2) {
    const std::uint32_t candidate = candidates[i + 1];
    length = choose(is_less(candidate, kLongest + 1), candidate, length);
  }
  return length;
}

}  // namespace

Secret unpadded(std::span<const std::uint8_t, kRsaBlock> block, const Secret& rejection,
                std::span<const std::uint8_t> encrypted) {
  const Secret seed = crypto::hmac(crypto::Algorithm::sha256, rejection.reveal(), as_text(encrypted));
  Block out = expand(seed, "message");
  const std::uint32_t chance = kRsaBlock - chance_length(expand(seed, "length"));

  Mask right = is_zero(block[0]) & is_zero(block[1] ^ 2U);
  Mask found = 0;
  std::uint32_t separator = 0;
  for (std::uint32_t i = 2; i < kRsaBlock; ++i) {
    const Mask here = is_zero(block[i]) & ~found;
    separator = choose(here, i, separator);
    found = hidden(found | here);
  }
  right &= found & ~is_less(separator, kSeparatorFrom);

  const std::uint32_t begin = choose(right, separator + 1, chance);
  for (std::size_t i = 0; i < kRsaBlock; ++i)
    out[i] = static_cast<std::uint8_t>(choose(right, block[i], out[i]));
  Secret message{std::span<const std::uint8_t>(out).subspan(begin)};
  wipe(out.data(), out.size());
  return message;
}

}  // namespace breakwater::auth
