#include "engine/package/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/package/nearest.h"
#include "engine/package/rules.h"
#include "engine/package/size.h"
#include "engine/package/text.h"

namespace town::package {
namespace {

/// Package format 4.2: how often a free port is asked for, and the bytes of what is made up.
constexpr int kPortAttempts = 100;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kHostnameBytes = 2;

bool is_generated(QuestionType type) {
  return type == QuestionType::hostname || type == QuestionType::port ||
         type == QuestionType::secret;
}

/// The text as far as it counts: blanks around it are nothing to these types and part of the answer
/// to all others (4.2, 8).
std::string_view meaning(QuestionType type, std::string_view text) {
  const bool trimmed = type == QuestionType::boolean || type == QuestionType::bytes ||
                       type == QuestionType::duration;
  return trimmed ? trim(text) : text;
}

bool valid_hostname(std::string_view text) {
  return !text.empty() && is_lower(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool valid_volume_answer(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '_';
  });
}

/// The package's name as the beginning of a host name.
std::string hostname_stem(std::string_view package_name) {
  std::string stem = to_lower(package_name);
  for (char& c : stem)
    if (!is_lower(c) && !is_digit(c)) c = '-';
  return !stem.empty() && is_lower(stem.front()) ? stem : "host-" + stem;
}

/// What the type makes of a text that passed check_answer.
std::string convert(QuestionType type, const std::string& text) {
  switch (type) {
    case QuestionType::hostname:
      return to_lower(text);
    case QuestionType::port:
      return std::to_string(*parse_port(text));
    case QuestionType::bytes:
      return std::to_string(*parse_size(text));
    case QuestionType::duration:
      return std::to_string(*parse_duration(text));
    case QuestionType::boolean:
      return *parse_boolean_answer(text) ? "true" : "false";
    case QuestionType::text:
    case QuestionType::volume:
    case QuestionType::archive:
    case QuestionType::secret:
    case QuestionType::oauth:
    case QuestionType::shared_volume:
      return text;
  }
  return text;
}

/// Answers all questions of one package.
class Filler {
 public:
  Filler(const Definition& definition, const AnswerContext& context)
      : definition_(definition), context_(context) {}

  Answered run() {
    for (const auto& [name, text] : context_.given)
      if (!definition_.questions.contains(name)) fault(name, unknown(name));
    for (const auto& [name, question] : definition_.questions)
      result_.answers[name] = known(question);
    reserve_ports();
    for (const auto& [name, question] : definition_.questions)
      if (question.type == QuestionType::boolean) settle(question);
    for (const auto& [name, question] : definition_.questions)
      if (question.type != QuestionType::boolean) settle(question);
    std::ranges::stable_sort(result_.faults, {}, &std::pair<std::string, std::string>::first);
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::string unknown(const std::string& name) const {
    std::vector<std::string_view> known;
    for (const auto& entry : definition_.questions) known.push_back(entry.first);
    const auto meant = nearest(name, known);
    return meant.empty() ? "there is no such question"
                         : fmt::format("there is no such question; did you mean \"{}\"?", meant);
  }

  void fault(const std::string& name, std::string message) {
    result_.faults.emplace_back(name, std::move(message));
  }

  /// What is on hand, in the order of package format 11; "" if nothing is.
  [[nodiscard]] std::string known(const Question& question) const {
    const auto stored = [&]() -> std::string {
      for (const auto* source : {&context_.installed, &context_.last})
        if (const auto found = source->find(question.name); found != source->end())
          return found->second;
      return {};
    };
    const auto given = context_.given.find(question.name);
    if (given == context_.given.end()) return stored();
    // A secret once made is in use somewhere: leaving the field blank does not change the lock.
    const bool needed = question.type == QuestionType::secret && !question.optional;
    if (needed && given->second.empty()) return stored();
    return given->second;
  }

  /// Ports that generated ones must keep clear of: answered ones and those the file fixes.
  void reserve_ports() {
    const auto reserve = [&](std::string_view text) {
      if (const auto port = parse_port(text)) ports_.insert(*port);
    };
    for (const auto& port : definition_.network.ports) {
      reserve(port.key);
      reserve(port.container);
    }
    for (const auto& [name, question] : definition_.questions)
      if (question.type == QuestionType::port) reserve(result_.answers[name]);
  }

  /// The question that hides this one says no (4.4).
  [[nodiscard]] bool is_hidden(const Question& question) const {
    if (question.show_if.empty()) return false;
    const auto switched = result_.values.find(question.show_if);
    return switched == result_.values.end() || switched->second != "true";
  }

  void settle(const Question& question) {
    std::string& text = result_.answers[question.name];
    if (is_hidden(question)) {
      result_.values[question.name] = "";
      return;
    }
    if (!fill(question, text)) return;
    if (question.optional && meaning(question.type, text).empty() &&
        question.type != QuestionType::boolean) {
      text.clear();
      result_.values[question.name] = "";
      return;
    }
    if (auto wrong = check_answer(question.type, text); !wrong.empty())
      fault(question.name, std::move(wrong));
    else
      result_.values[question.name] = convert(question.type, text);
  }

  /// Replaces a blank or "auto" by what the type falls back to. False after a fault.
  bool fill(const Question& question, std::string& text) {
    const auto means = meaning(question.type, text);
    const bool asked = means == kAuto;
    if (!asked && !means.empty()) return true;
    if (question.type == QuestionType::boolean) {
      text = question.default_value.empty() ? "false" : question.default_value;
      return true;
    }
    if (is_generated(question.type) && !question.optional) return fill_generated(question, text);
    // What is optional is never made up (4.3), whoever asks for it.
    if (!question.default_value.empty() && question.default_value != kAuto) {
      text = question.default_value;
      return true;
    }
    text.clear();
    if (question.optional) return true;
    const bool mentioned = context_.given.contains(question.name);
    if (asked)
      fault(question.name, "is \"auto\", but nothing can be made up for this type");
    else
      fault(question.name, mentioned ? "is empty" : "is missing");
    return false;
  }

  bool fill_generated(const Question& question, std::string& text) {
    text = generate(question.type);
    if (!text.empty()) return true;
    fault(question.name, "no free port was found; choose one");
    return false;
  }

  std::string generate(QuestionType type) {
    if (type == QuestionType::secret) return context_.random_hex(kSecretBytes);
    if (type == QuestionType::hostname)
      return hostname_stem(context_.package_name) + "-" + context_.random_hex(kHostnameBytes);
    for (int attempt = 0; attempt < kPortAttempts && !ports_are_gone_; ++attempt) {
      const auto port = context_.free_port(ports_);
      if (port != 0 && ports_.insert(port).second) return std::to_string(port);
    }
    ports_are_gone_ = true;
    return {};
  }

  const Definition& definition_;
  const AnswerContext& context_;
  Answered result_;
  std::set<std::uint16_t> ports_;
  bool ports_are_gone_ = false;  ///< one search found nothing: those after it need not look
};

}  // namespace

Answered answer(const Definition& definition, const AnswerContext& context) {
  return Filler(definition, context).run();
}

std::optional<bool> parse_boolean_answer(std::string_view text) {
  constexpr std::array<std::string_view, 6> kYes{"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::array<std::string_view, 6> kNo{"0", "f", "F", "FALSE", "false", "False"};
  const auto word = trim(text);
  if (std::ranges::find(kYes, word) != kYes.end()) return true;
  if (std::ranges::find(kNo, word) != kNo.end()) return false;
  return {};
}

std::string check_answer(QuestionType type, std::string_view text) {
  const auto unless = [text](bool fine, std::string_view fault) {
    return fine ? std::string() : fmt::format("{} {}", in_quotes(text), fault);
  };
  switch (type) {
    case QuestionType::text:
      return {};
    case QuestionType::hostname:
      return unless(valid_hostname(to_lower(text)),
                    "is no host name: begin with a letter, then letters, digits and hyphens");
    case QuestionType::port:
      return unless(parse_port(text).has_value(), "is no port: a number from 1 to 65535");
    case QuestionType::bytes:
      return unless(parse_size(text).has_value(),
                    "is no size: a whole number of bytes, or one with mb, gb or tb, such as 2gb");
    case QuestionType::duration:
      return unless(parse_duration(text).has_value(),
                    "is no duration: a whole number with d, h, m or s, such as 5m");
    case QuestionType::volume:
      return unless(valid_volume_answer(text),
                    "is no volume name: letters, digits, hyphens and underscores");
    case QuestionType::boolean:
      return unless(parse_boolean_answer(text).has_value(), "is neither true nor false");
    case QuestionType::shared_volume:
      return check_shared_volume(text);
    case QuestionType::archive:
    case QuestionType::secret:
    case QuestionType::oauth:
      return text.empty() ? "is empty" : "";
  }
  return {};
}

}  // namespace town::package
