// `townctl host init`: gives the machine a btrfs for Town OS. Local, as root, without a daemon.
#pragma once

namespace CLI {
class App;
}

namespace town {

/// Adds `host init` to townctl. Wrong usage throws CLI11's errors while parsing, and its callback
/// throws town::Error where something stands in the way: townctl's main prints both.
void add_host_commands(CLI::App& app);

}  // namespace town
