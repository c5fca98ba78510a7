#include "engine/admission/admission.h"

#include <array>

#include "engine/admission/settings.h"
#include "engine/words.h"

namespace town {

void admit(const SetSetting& request, Draft& draft) {
  const auto value = normalize_setting(request.key, request.value);
  const Key key{Kind::setting, request.key};
  draft.about(key);
  if (draft.setting(request.key) == value && default_setting(request.key)) return;
  draft.say("set " + request.key + " to " + value);
  draft.put(key, SettingSpec{value});
}

void admit(const KeepRoom& request, Draft& draft) {
  const Key key{Kind::disk, kDataDisk};
  draft.about(key);
  draft.say("keep " + size_words(request.bytes) + " of the disk for the box itself");
  draft.put(key, DiskSpec{request.bytes});
}

void require_room(const Draft& draft) {
  const auto shortage = draft.host().disk().shortage;
  if (!shortage.empty()) throw Error(Code::unavailable, "DiskFull", shortage);
}

std::string action_of(const Request& request) {
  static constexpr std::array kActions = {
      "add_repository", "remove_repository", "move_repository", "install",       "uninstall",
      "switch_package", "create_volume",     "modify_volume",   "remove_volume", "purge_volumes",
      "set_setting",    "clear_answers",     "keep_room",       "create_page",   "change_page",
      "remove_page",    "add_vm_image",      "remove_vm_image"};
  static_assert(kActions.size() == std::variant_size_v<Request>);
  return kActions.at(request.index());
}

}  // namespace town
