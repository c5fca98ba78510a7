// Pages: web sites of the person's own, as records (api contract 7.2).
#include <nlohmann/json.hpp>

#include "api/fields.h"
#include "api/listing.h"
#include "api/routes/common.h"
#include "api/routes/routes.h"
#include "state/error.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

std::int64_t seconds_now(const Services& services) {
  return std::chrono::system_clock::to_time_t(services.clock.now());
}

Json page_json(const std::string& name, const PageSpec& page) {
  const auto time = [](std::int64_t seconds) {
    return to_rfc3339(std::chrono::system_clock::from_time_t(seconds));
  };
  return {{"name", name},
          {"repo_url", page.repo_url},
          {"branch", page.branch},
          {"domain", page.domain},
          {"source_type", page.source_type},
          {"image", page.image},
          {"image_directory", page.image_directory},
          {"status", page.status},
          {"created_at", time(page.created)},
          {"updated_at", time(page.updated)}};
}

HttpResponse page_answer(const Services& services, const std::string& name) {
  const auto graph = services.store.snapshot().graph;
  const auto* page = graph->spec<PageSpec>({Kind::page, name});
  if (page == nullptr) {
    throw Error(Code::not_found, "PageNotFound", "there is no page called " + name);
  }
  return json_answer(page_json(name, *page));
}

HttpResponse list(const Services& services, const Call& call) {
  auto entries = Json::array();
  for (const auto& resource : services.store.snapshot().graph->of(Kind::page)) {
    if (resource->deleting) continue;
    entries.push_back(page_json(resource->key.name, std::get<PageSpec>(resource->spec)));
  }
  return json_answer(list_answer(std::move(entries), list_query(call.http.query)));
}

/// The texts that a request may give of a page, under the names of the API.
template <typename Request, typename Read>
void take_texts(Request& wanted, const Read& read) {
  wanted.source_type = read("source_type");
  wanted.repo_url = read("repo_url");
  wanted.branch = read("branch");
  wanted.domain = read("domain");
  wanted.image = read("image");
  wanted.image_directory = read("image_directory");
}

HttpResponse create(Services& services, const Call& call) {
  Fields fields(call.body);
  CreatePage wanted;
  wanted.name = fields.required("name");
  take_texts(wanted, [&](const char* name) { return fields.text(name); });
  wanted.at = seconds_now(services);
  fields.check();
  submit(services, call, {wanted});
  return page_answer(services, wanted.name);
}

/// Changes lie in `fields`; an early client sent them beside `name`, and `fields` wins.
HttpResponse update(Services& services, const Call& call) {
  Fields fields(call.body);
  ChangePage wanted;
  wanted.name = fields.required("name");
  Json changes = call.body;
  if (const auto nested = call.body.find("fields"); nested != call.body.end()) {
    if (nested->is_object()) {
      changes.update(*nested);
    } else if (!nested->is_null()) {
      fields.fault("fields", "must be an object");
    }
  }
  fields.check();
  Fields changed(changes, "fields.");
  take_texts(wanted, [&](const char* name) { return changed.optional_text(name); });
  wanted.status = changed.optional_text("status");
  wanted.at = seconds_now(services);
  changed.check();
  submit(services, call, {wanted});
  return page_answer(services, wanted.name);
}

HttpResponse remove(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto name = fields.required("name");
  fields.check();
  submit(services, call, {RemovePage{name}});
  return void_answer();
}

/// Nothing fills pages yet: said as it is, after everything that can be wrong with the request.
HttpResponse rebuild(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto name = fields.required("name");
  fields.check();
  const auto graph = services.store.snapshot().graph;
  const auto* page = graph->spec<PageSpec>({Kind::page, name});
  if (page == nullptr) {
    throw Error(Code::not_found, "PageNotFound", "there is no page called " + name);
  }
  if (page->source_type == "archive") {
    throw InvalidInput("ArchivePage", {{"name",
                                        name + " is filled by an upload: there is nothing to build "
                                               "it from again",
                                        0}});
  }
  const auto how = outcome(services.store.snapshot(), {Kind::page, name});
  throw Error(Code::unavailable, how.reason, "page " + name + ": " + how.message);
}

}  // namespace

std::vector<Route> page_routes(Services& s) {
  return {
      {"GET", "/pages", Gate::account, "", [&s](const Call& call) { return list(s, call); }},
      {"POST", "/pages/create", Gate::admin, "create page",
       [&s](const Call& call) { return create(s, call); }},
      {"POST", "/pages/update", Gate::admin, "update page",
       [&s](const Call& call) { return update(s, call); }},
      {"POST", "/pages/remove", Gate::admin, "remove page",
       [&s](const Call& call) { return remove(s, call); }},
      {"POST", "/pages/rebuild", Gate::admin, "rebuild page",
       [&s](const Call& call) { return rebuild(s, call); }},
  };
}

}  // namespace town::api
