#include "engine/package/mask.h"

#include <algorithm>

#include "engine/package/text.h"

namespace town::package {
namespace {

constexpr std::string_view kMasked = "***";
/// How in_quotes ends where it cut a text off.
constexpr std::string_view kCut = "…\"";
/// A shorter secret is a part of many an innocent word: it counts only where it stands alone.
constexpr std::size_t kShort = 3;
/// Secrets times messages, each pair a search: beyond this everything in quotes is masked instead.
constexpr std::size_t kMostSearches = 1'000'000;

/// As messages show it.
std::string shown(std::string text) {
  for (char& c : text)
    if (is_control(c)) c = '?';
  return text;
}

bool stands_alone(std::string_view message, std::size_t at, std::size_t size) {
  const auto end = at + size;
  return (at == 0 || !is_alphanumeric(message[at - 1])) &&
         (end >= message.size() || !is_alphanumeric(message[end]));
}

void mask_whole(std::string& message, const std::string& secret) {
  for (auto at = message.find(secret); at != std::string::npos; at = message.find(secret, at)) {
    const bool fits = secret.size() >= kShort || stands_alone(message, at, secret.size());
    if (fits) message.replace(at, secret.size(), kMasked);
    at += fits ? kMasked.size() : 1;
  }
}

/// The beginning of a secret before a cut.
void mask_cut(std::string& message, const std::string& secret) {
  for (auto cut = message.find(kCut); cut != std::string::npos; cut = message.find(kCut, cut + 1)) {
    const auto before = std::string_view(message).substr(0, cut);
    auto size = std::min(secret.size(), before.size());
    while (size > 0 && !before.ends_with(std::string_view(secret).substr(0, size))) --size;
    if (size == 0) continue;
    message.replace(cut - size, size, kMasked);
    cut += kMasked.size();
    cut -= size;
  }
}

void mask_quotations(std::string& message) {
  for (auto from = message.find('"'); from != std::string::npos; from = message.find('"', from)) {
    const auto end = message.find('"', from + 1);
    if (end == std::string::npos) return;
    message.replace(from + 1, end - from - 1, kMasked);
    from += kMasked.size() + 2;
  }
}

}  // namespace

std::set<std::string> secret_answers(const Definition& definition, const AnswerContext& context,
                                     const Answered& answered) {
  std::set<std::string> secrets;
  for (const auto& [name, question] : definition.questions) {
    if (!is_secret(question.type)) continue;
    for (const auto* source :
         {&context.given, &context.installed, &context.last, &answered.answers, &answered.values})
      if (const auto found = source->find(name); found != source->end())
        if (!found->second.empty() && found->second != kAuto) secrets.insert(found->second);
  }
  return secrets;
}

void mask(Diagnostics& faults, const std::set<std::string>& secrets) {
  if (secrets.empty() || faults.empty()) return;
  std::set<std::string> all;
  for (const auto& secret : secrets) all.insert({secret, shown(secret)});
  std::vector<std::string> longest_first(all.begin(), all.end());
  std::ranges::stable_sort(longest_first, std::ranges::greater{}, &std::string::size);
  const bool too_many = longest_first.size() > kMostSearches / faults.size();
  for (auto& fault : faults) {
    if (too_many) mask_quotations(fault.message);
    if (too_many) continue;
    for (const auto& secret : longest_first) mask_whole(fault.message, secret);
    for (const auto& secret : longest_first) mask_cut(fault.message, secret);
  }
}

}  // namespace town::package
