#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/package/answers.h"
#include "engine/package/names.h"
#include "engine/package/nearest.h"
#include "engine/package/parse.h"
#include "engine/package/size.h"
#include "engine/package/text.h"
#include "engine/package/url.h"

namespace town::package {
namespace {

/// A form, not a flood: each may draw a port, and all are gone through again and again.
constexpr std::size_t kMostQuestions = 10'000;

std::map<std::string, std::string> parse_pairs(Section& section, std::string_view key) {
  std::map<std::string, std::string> map;
  for (auto& [name, value] : section.text_map(key)) map.emplace(std::move(name), std::move(value));
  return map;
}

/// Reports `{{name}}` that nothing fills, in one text of an oauth block.
void check_placeholders(Section& section, std::string_view key, std::string_view text,
                        const std::set<std::string>& known) {
  for (auto at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at + 2)) {
    const auto end = text.find("}}", at);
    const std::string name(text.substr(at + 2, end == std::string_view::npos ? 0 : end - at - 2));
    if (!known.contains(name))
      section.fault(key, fmt::format("nothing fills the placeholder {{{{{}}}}}", name));
  }
}

/// An address that is called later: the host must be certain now. That it is public, and https, is
/// looked at when a flow runs (4.5).
void check_address(Section& section, std::string_view key, std::string_view text) {
  std::string plain(text);
  // A placeholder in path or query stands for text that fits there.
  for (auto at = plain.find("{{"); at != std::string::npos; at = plain.find("{{", at)) {
    const auto end = plain.find("}}", at);
    if (end == std::string::npos) break;
    plain.replace(at, end - at + 2, 1, '\x01');
  }
  const auto host_end = plain.find_first_of("/?#", std::min(plain.size(), plain.find("//") + 2));
  if (plain.substr(0, host_end).find('\x01') != std::string::npos) {
    section.fault(key, "a placeholder may not stand in the host of a URL");
    return;
  }
  std::ranges::replace(plain, '\x01', 'x');
  const auto url = parse_url(plain);
  if (!url || (url->scheme != "https" && url->scheme != "http") || url->host.empty())
    section.fault(key, "must be an https URL");
}

OauthRequest parse_request(Section section, const std::set<std::string>& known) {
  OauthRequest request;
  if (auto method = section.text("method"); !method.empty()) request.method = std::move(method);
  if (request.method != "GET" && request.method != "POST")
    section.fault("method", "must be GET or POST");
  request.url = section.required("url", "give the address to call");
  request.headers = parse_pairs(section, "headers");
  request.form = parse_pairs(section, "form");
  if (!request.url.empty()) check_address(section, "url", request.url);
  check_placeholders(section, "url", request.url, known);
  for (const auto& [name, value] : request.headers)
    check_placeholders(section, "headers", value, known);
  for (const auto& [name, value] : request.form) check_placeholders(section, "form", value, known);
  section.finish();
  return request;
}

Oauth parse_oauth(Section section) {
  Oauth oauth;
  oauth.extract = parse_pairs(section, "extract");
  std::set<std::string> known{"client_id"};
  oauth.start = parse_request(section.section("start"), known);
  for (const auto& [name, field] : oauth.extract) known.insert(name);
  oauth.poll = parse_request(section.section("poll"), known);
  oauth.approve = section.required("approve", "give the address that the person opens");
  oauth.user_code = section.text("user_code");
  oauth.token = section.required("token", "name the field that holds the token");
  check_placeholders(section, "approve", oauth.approve, known);
  check_placeholders(section, "user_code", oauth.user_code, known);
  if (!oauth.approve.empty()) check_address(section, "approve", oauth.approve);
  for (auto* time : {&oauth.interval, &oauth.timeout}) {
    const std::string_view key = time == &oauth.interval ? "interval" : "timeout";
    if (auto written = section.text(key); !written.empty()) *time = std::move(written);
    if (!parse_duration(*time)) section.fault(key, "is no duration, such as 5s or 5m");
  }
  section.finish();
  return oauth;
}

/// Only a boolean's default must fit: the others are judged when they serve as an answer (4.2).
void check_default(Section& section, Question& question) {
  const bool boolean = question.type == QuestionType::boolean;
  if (question.default_value.empty() || (!boolean && question.default_value == kAuto)) return;
  auto fault = check_answer(question.type, question.default_value);
  if (fault.empty()) return;
  if (boolean) {
    section.fault("default", std::move(fault));
    question.default_value.clear();
  } else {
    section.warn("default", fmt::format("cannot serve as an answer: {}", fault));
  }
}

std::string fault_of_type(std::string_view written) {
  std::string all;
  for (const auto type : question_types())
    all += fmt::format("{}{}", all.empty() ? "" : ", ", type);
  const auto meant = nearest(written, question_types());
  return meant.empty()
             ? fmt::format("{} is no type of answer: write one of {}", in_quotes(written), all)
             : fmt::format("{} is no type of answer: write one of {}; did you mean \"{}\"?",
                           in_quotes(written), all, meant);
}

/// `clear` becomes false where the type cannot be told.
Question parse_question(const std::string& name, Section& section, bool& clear) {
  Question question;
  question.name = name;
  question.query = section.required("query", "say what to ask");
  const std::string type = section.text("type");
  const auto known = parse_question_type(type);
  if (!known) section.fault("type", fault_of_type(type));
  const yaml::Node* written = section.raw("type");
  clear = known && (written == nullptr || written->type == yaml::Node::Type::null ||
                    written->type == yaml::Node::Type::scalar);
  question.type = known.value_or(QuestionType::text);
  question.default_value = section.text("default");
  question.optional = section.flag("optional", false);
  question.show_if = section.text("show_if");
  const bool has_oauth = section.has("oauth");
  if (question.type == QuestionType::oauth) {
    if (has_oauth)
      question.oauth = parse_oauth(section.section("oauth"));
    else
      section.fault("oauth", "is missing: say how the token is fetched");
  } else if (known && has_oauth) {
    section.fault("oauth", "goes with the type oauth only");
  }
  if (clear) check_default(section, question);
  return question;
}

void check_show_if(const Definition& definition, const Question& question,
                   const std::set<std::string>& unclear,
                   const std::function<void(std::string)>& report) {
  if (question.show_if.empty() || unclear.contains(question.show_if)) return;
  const auto found = definition.questions.find(question.show_if);
  if (question.show_if == question.name)
    report("may not name its own question");
  else if (found == definition.questions.end())
    report(fmt::format("there is no question \"{}\"", question.show_if.substr(0, 60)));
  else if (found->second.type != QuestionType::boolean)
    report(fmt::format("the question {} is not boolean", question.show_if));
  else if (!found->second.show_if.empty())
    report(fmt::format("the question {} is itself conditional", question.show_if));
}

}  // namespace

void parse_questions(Section& top, Definition& definition, Reading& reading) {
  std::map<std::string, int> conditional;
  std::set<std::string> unclear;  // nothing can be said of who relies on these
  std::size_t count = 0;
  top.each("questions", [&](const yaml::Node& name, const yaml::Node& value,
                            const std::string& path) {
    if (++count == kMostQuestions + 1)
      reading.fault("questions",
                    fmt::format("are more than {}: nobody answers so many", kMostQuestions),
                    name.line);
    if (count > kMostQuestions) return;
    if (!valid_question_name(name.scalar))
      reading.fault(path, "is no name for a question: letters, digits and _, not beginning with _",
                    name.line);
    Section section(&value, path, reading, name.line);
    bool clear = true;
    auto question = parse_question(name.scalar, section, clear);
    const bool mapping =
        value.type == yaml::Node::Type::mapping || value.type == yaml::Node::Type::null;
    if (!clear || !mapping) unclear.insert(name.scalar);
    section.finish();
    if (!question.show_if.empty()) conditional.emplace(name.scalar, section.line());
    definition.questions.emplace(name.scalar, std::move(question));
  });
  for (const auto& [name, line] : conditional)
    check_show_if(definition, definition.questions.at(name), unclear,
                  [&, of = name, at = line](std::string message) {
                    reading.fault(fmt::format("questions.{}.show_if", of), std::move(message), at);
                  });
}

}  // namespace town::package
