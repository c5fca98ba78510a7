// Text that is put together and may not grow without end. Internal to this folder; one thread.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "engine/template/failure.h"
#include "engine/template/limits.h"

namespace town::tmpl {

/// Throws Fault where it would grow beyond kMaxOutput.
class BoundedText {
 public:
  void add(std::string_view text) {
    room_for(text.size());
    text_ += text;
  }

  void add(char c) { add(std::string_view(&c, 1)); }

  void fill(std::size_t count, char c) {
    room_for(count);
    text_.append(count, c);
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  void room_for(std::size_t count) const {
    if (count > kMaxOutput - text_.size())
      throw Fault(fmt::format("a text grows beyond {} bytes", kMaxOutput));
  }

  std::string text_;
};

}  // namespace town::tmpl
