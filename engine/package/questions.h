// The questions of a package, as declared (package format 4). Values; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace town::package {

/// What an answer must look like, and what becomes of it (package format 4.2).
enum class QuestionType {
  text,  ///< no type declared
  hostname,
  port,
  bytes,
  duration,
  volume,
  archive,
  secret,
  boolean,
  oauth,
  shared_volume,
};

/// "hostname", "port", …; "" for text.
std::string_view to_string(QuestionType type);

/// All of them but text, which has no name.
std::vector<std::string_view> question_types();

/// The reverse; nothing for an unknown type.
std::optional<QuestionType> parse_question_type(std::string_view text);

/// One HTTP request of a device login, with `{{name}}` placeholders (package format 4.5).
struct OauthRequest {
  std::string method = "GET";
  std::string url;
  std::map<std::string, std::string> headers;
  std::map<std::string, std::string> form;

  bool operator==(const OauthRequest&) const = default;
};

/// How a token is fetched for a question of type oauth. Addresses are judged when a flow runs.
struct Oauth {
  OauthRequest start;
  std::map<std::string, std::string> extract;  ///< placeholder -> field of the answer to `start`
  std::string approve;                         ///< the URL that the person opens
  std::string user_code;
  OauthRequest poll;
  std::string token;  ///< field of the answer to `poll`; absent or null means "still pending"
  std::string interval = "5s";
  std::string timeout = "5m";

  bool operator==(const Oauth&) const = default;
};

/// One question. `default_value` is empty where none is declared: an empty one counts as none.
struct Question {
  std::string name;
  std::string query;  ///< shown as it stands: no markers in it
  QuestionType type = QuestionType::text;
  std::string default_value;
  bool optional = false;  ///< may stay blank, and is then the empty string at every marker
  std::string show_if;    ///< a boolean question; while it is false this one is "" and not asked
  std::optional<Oauth> oauth;

  bool operator==(const Question&) const = default;
};

/// Questions whose answers are hidden from those who are not administrators.
inline bool is_secret(QuestionType type) {
  return type == QuestionType::secret || type == QuestionType::oauth;
}

}  // namespace town::package
