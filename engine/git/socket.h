// The sockets that libgit2 talks through. Its own (1.5) have no timeouts at all: a server that
// accepts and then says nothing would hold a thread for ever. Internal to engine/git.
#pragma once

namespace town {

/// From now on plain sockets, and those below TLS and ssh, are ours: connecting and each read and
/// write end when their thread's Connection is over. Call once, before any conversation.
void register_sockets();

}  // namespace town
