// A request and its answer, free of any HTTP library, so that everything above the socket can be
// tested without one. Values; each belongs to the thread that serves the request.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace town::api {

/// Takes one piece of a body; false means "no more, please".
using BodySink = std::function<bool(std::string_view)>;
/// Feeds the body, piece by piece, into a sink; false where the peer broke off or the sink refused.
using BodyReader = std::function<bool(const BodySink&)>;

struct HttpRequest {
  std::string method;  ///< upper case
  std::string path;    ///< percent-decoded, without the query
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string peer;                            ///< address of the other side
  BodyReader body;                             ///< read at most once; may be empty

  /// The value, or "" where there is none.
  [[nodiscard]] std::string header(const std::string& name) const;
  [[nodiscard]] std::string parameter(const std::string& name) const;
};

/// Where a streamed answer goes.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  /// Sends at once; false when the other side has gone.
  virtual bool write(std::string_view bytes) = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// Where set, `body` is ignored and this writes the answer until it returns.
  std::function<void(StreamSink&)> stream;
};

/// A body that is already there, for tests and for small answers.
BodyReader body_of(std::string text);

/// One JSON value as the whole answer, status 200.
HttpResponse json_answer(const nlohmann::json& value);

/// Status 200 and nothing else ("void" in the API).
HttpResponse void_answer();

/// Compact JSON; bytes that are no UTF-8 become U+FFFD instead of failing the answer.
std::string dump(const nlohmann::json& value);

/// Parses at most 64 levels deep, so that no body can exhaust the stack of a later visitor. Throws
/// InvalidInput(MalformedJson) with the field it came to: broken JSON, a number beyond all bounds,
/// bytes that are no UTF-8, a key twice in one object.
nlohmann::json parse_json(std::string_view text);

}  // namespace town::api
