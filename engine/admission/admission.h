// Checks a request against the draft and turns it into declared resources. Chance is drawn here,
// once, and kept as the answer. Called under the engine's lock.
#pragma once

#include "engine/admission/draft.h"
#include "engine/requests.h"

namespace town {

/// One function per request; each throws InvalidInput with all faults, or Error{not_found,
/// conflict}.
void admit(const AddRepository& request, Draft& draft);
void admit(const RemoveRepository& request, Draft& draft);
void admit(const MoveRepository& request, Draft& draft);
void admit(const Install& request, Draft& draft);
void admit(const Uninstall& request, Draft& draft);
void admit(const SwitchPackage& request, Draft& draft);
void admit(const CreateVolume& request, Draft& draft);
void admit(const ModifyVolume& request, Draft& draft);
void admit(const RemoveVolume& request, Draft& draft);
void admit(const PurgeVolumes& request, Draft& draft);
void admit(const SetSetting& request, Draft& draft);
void admit(const ClearAnswers& request, Draft& draft);
void admit(const KeepRoom& request, Draft& draft);

/// Error{unavailable, DiskFull} with the way on where the disk has no room for anything new.
void require_room(const Draft& draft);
void admit(const CreatePage& request, Draft& draft);
void admit(const ChangePage& request, Draft& draft);
void admit(const RemovePage& request, Draft& draft);
void admit(const AddVmImage& request, Draft& draft);
void admit(const RemoveVmImage& request, Draft& draft);

/// "install", "add_repository", …: for the record.
std::string action_of(const Request& request);

}  // namespace town
