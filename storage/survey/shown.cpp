#include "storage/survey/shown.h"

#include "storage/formats/plain_text.h"

namespace breakwater::storage {

std::vector<std::string> texts_of(const Problems& problems) {
  std::vector<std::string> texts = problems.texts;
  if (problems.more > 0) texts.push_back("and " + std::to_string(problems.more) + " more");
  for (std::string& text : texts) text = without_control(text);
  return texts;
}

std::string opened_by(const WrappedKey& key) {
  if (key.fingerprint.empty()) return "";
  std::string text = "backup key ";
  text.append(without_control(key.fingerprint));
  if (key.by_password) text.append(" or password");
  return text;
}

}  // namespace breakwater::storage
