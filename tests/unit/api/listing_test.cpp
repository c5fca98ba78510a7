#include "api/listing.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace town::api {
namespace {

using Json = nlohmann::json;

Json apps() {
  return Json::array({{{"name", "web"}, {"size", 3}, {"on", true}},
                      {{"name", "Kv"}, {"size", 10}, {"on", false}},
                      {{"name", "notes"}, {"size", 2}, {"on", true}}});
}

ListQuery query(const std::map<std::string, std::string>& parameters) {
  return list_query(parameters);
}

std::vector<std::string> names(const Json& answer) {
  std::vector<std::string> all;
  for (const auto& entry : answer.at("entries")) all.push_back(entry.at("name"));
  return all;
}

}  // namespace

TEST_SUITE("api/listing") {
  TEST_CASE("an empty list has one page and an array of entries") {
    const auto answer = list_answer(Json::array(), query({}));
    CHECK(answer.dump() == R"({"entries":[],"has_more":false,"total_count":0,"total_pages":1})");
  }

  TEST_CASE("a limit that is missing, no number, zero or negative is 20") {
    for (const char* text : {"", "x", "0", "-3", "1.5"})
      CHECK(query({{"limit", text}}).limit == 20);
    CHECK(query({{"limit", "7"}}).limit == 7);
    CHECK(list_query(Json{{"limit", 7}, {"offset", 2}}).offset == 2);
  }

  TEST_CASE("an offset past the end gives an empty page and the true counts") {
    const auto answer = list_answer(apps(), query({{"offset", "9223372036854775807"}}));
    CHECK(names(answer).empty());
    CHECK(answer.at("total_count") == 3);
    CHECK(answer.at("has_more") == false);
  }

  TEST_CASE("a page tells whether more follow it") {
    const auto first = list_answer(apps(), query({{"limit", "2"}}));
    CHECK(names(first) == std::vector<std::string>{"web", "Kv"});
    CHECK(first.at("has_more") == true);
    CHECK(first.at("total_pages") == 2);
    const auto last = list_answer(apps(), query({{"limit", "2"}, {"offset", "2"}}));
    CHECK(names(last) == std::vector<std::string>{"notes"});
    CHECK(last.at("has_more") == false);
  }

  TEST_CASE("texts sort by their bytes and numbers by their value") {
    const auto by_name = list_answer(apps(), query({{"sort_by", "name"}}));
    CHECK(names(by_name) == std::vector<std::string>{"Kv", "notes", "web"});
    const auto by_size = list_answer(apps(), query({{"sort_by", "size"}, {"sort_order", "DESC"}}));
    CHECK(names(by_size) == std::vector<std::string>{"Kv", "web", "notes"});
  }

  TEST_CASE("a sort is stable, and false comes before true") {
    const auto answer = list_answer(apps(), query({{"sort_by", "on"}}));
    CHECK(names(answer) == std::vector<std::string>{"Kv", "web", "notes"});
    const auto reversed = list_answer(apps(), query({{"sort_by", "on"}, {"sort_order", "desc"}}));
    CHECK(names(reversed) == std::vector<std::string>{"web", "notes", "Kv"});
  }

  TEST_CASE("an unknown sort field keeps the natural order") {
    CHECK(names(list_answer(apps(), query({{"sort_by", "Name"}}))) ==
          std::vector<std::string>{"web", "Kv", "notes"});
  }

  TEST_CASE("another sort order pins the entries with that value to the top") {
    const auto answer = list_answer(apps(), query({{"sort_by", "name"}, {"sort_order", "WEB"}}));
    CHECK(names(answer) == std::vector<std::string>{"web", "Kv", "notes"});
  }

  TEST_CASE("a search looks into texts of nested objects but not of arrays, whatever the case") {
    const Json entry = {{"name", "a"}, {"inner", {{"note", "Hello"}}}, {"tags", {"blue"}}};
    CHECK(matches(entry, "hELL"));
    CHECK_FALSE(matches(entry, "blue"));
    CHECK_FALSE(matches(Json{{"size", 12}}, "12"));
  }

  TEST_CASE("counts are those after the search and before the page") {
    const auto answer = list_answer(apps(), query({{"search", "K"}, {"limit", "1"}}));
    CHECK(names(answer) == std::vector<std::string>{"Kv"});
    CHECK(answer.at("total_count") == 1);
  }
}

}  // namespace town::api
