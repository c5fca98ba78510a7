#include "controllers/drivers/podman_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <thread>
#include <vector>

#include "controllers/drivers/descriptor.h"
#include "controllers/drivers/podman_pull.h"
#include "controllers/drivers/process.h"
#include "controllers/drivers/system_error.h"

namespace town {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::minutes kCopyDeadline{30};
constexpr std::chrono::minutes kCopyStall{5};

ProcessResult podman(std::vector<std::string> arguments, const std::stop_token& stop) {
  arguments.insert(arguments.begin(), "podman");
  return run(arguments, {}, stop);
}

void remove(const std::string& container, const std::stop_token& stop) {
  const auto result = podman({"rm", "--force", "--ignore", container}, stop);
  if (result.exit_code == 0) return;
  throw Error(
      Code::remote, "CopyFailed",
      fmt::format("The container {}, which files were copied from, could not be removed: {}.",
                  container, last_line(result.err)));
}

/// What podman is still about to write must not keep it waiting for ever.
void read_to_end(int fd) {
  std::array<char, 65536> rest;  // NOLINT(*-member-init): read() fills it
  for (ssize_t count = 1; count > 0 || (count < 0 && errno == EINTR);) {
    count = ::read(fd, rest.data(), rest.size());
  }
}

/// Reads a pipe on a thread of its own, until its end or until `use` throws.
class Reader {
 public:
  Reader(Descriptor end, const std::function<void(int)>& use)
      : thread_([this, fd = std::move(end), &use]() mutable {
          try {
            use(fd.get());
            read_to_end(fd.get());
          } catch (...) {
            failure_ = std::current_exception();
          }
          fd.reset();  // after a failure the writer is told by the end of the pipe
        }) {}

  std::exception_ptr finish() {
    thread_.join();
    return failure_;
  }

 private:
  std::exception_ptr failure_;
  std::jthread thread_;
};

Error copy_failure(const std::string& reference, const std::string& directory,
                   const std::string& words) {
  if (words.find("could not be found") != std::string::npos ||
      words.find("no such file") != std::string::npos ||
      words.find("not a directory") != std::string::npos) {
    return {Code::remote, "DirectoryMissing",
            fmt::format("Image {} has no directory {}.", reference, directory)};
  }
  return {Code::remote, "CopyFailed",
          fmt::format("{} could not be copied out of image {}: {}.", directory, reference,
                      last_line(words))};
}

void copy(const std::string& reference, const std::string& directory, const std::string& container,
          const std::function<void(int)>& read, const std::stop_token& stop) {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw system_error("A pipe could not be made", errno);
  Descriptor write_end(ends[1]);
  Reader reader(Descriptor{ends[0]}, read);
  ProcessOptions options;
  options.deadline = kCopyDeadline;
  options.stall = kCopyStall;
  options.output = write_end.get();
  ProcessResult result;
  std::exception_ptr failure;
  try {
    result = run({"podman", "cp", container + ":" + directory + "/.", "-"}, options, stop);
  } catch (...) {
    failure = std::current_exception();
  }
  write_end.reset();
  const auto unread = reader.finish();
  if (failure) std::rethrow_exception(failure);
  // A copy that broke off looks like a damaged archive: what podman says is the cause.
  const bool own_fault = result.exit_code != 0 && !result.err.empty() &&
                         result.err.find("broken pipe") == std::string::npos;
  if (own_fault) throw copy_failure(reference, directory, result.err);
  if (unread) std::rethrow_exception(unread);
  if (result.exit_code != 0) throw copy_failure(reference, directory, result.err);
}

}  // namespace

void copy_from_image(const std::string& reference, const std::string& directory,
                     const std::string& container, const std::function<void(int)>& read,
                     const std::stop_token& stop) {
  // It is never run, so any word will do as its command; an image of files alone has none.
  const auto made = podman({"create", "--replace", "--pull=never", "--network=none", "--name",
                            container, reference, "none"},
                           stop);
  if (made.exit_code != 0) throw copy_failure(reference, directory, made.err);
  try {
    copy(reference, directory, container, read, stop);
  } catch (...) {
    try {
      remove(container, {});
    } catch (const Error&) {
      // The first failure counts; the next try, or the next start, removes it.
    }
    throw;
  }
  remove(container, stop);
}

void remove_copies(const std::vector<std::string>& containers, const std::stop_token& stop) {
  for (const auto& container : containers) remove(container, stop);
}

}  // namespace town
