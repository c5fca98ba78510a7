#include "engine/template/format.h"

#include "engine/template/formatter.h"
#include "engine/template/unicode.h"

namespace town::tmpl {
namespace {

/// A width or precision beyond this is a mistake (Go: fmt, "%!(BADWIDTH)").
constexpr std::int64_t kLargest = 1'000'000;

/// Reads one format from left to right.
class FormatReader {
 public:
  FormatReader(std::string_view format, std::span<const Value> operands)
      : format_(format), operands_(operands) {}

  std::string run() {
    while (at_ < format_.size()) {
      const auto next = std::min(format_.find('%', at_), format_.size());
      out_.write_plain(format_.substr(at_, next - at_));
      at_ = next + 1;
      if (next < format_.size()) read_directive();
    }
    write_extra();
    return out_.take();
  }

 private:
  void read_directive();
  void read_flags();
  void read_width();
  void read_precision();
  void read_index();
  void write_verb(char32_t verb);
  void write_extra();
  std::optional<std::int64_t> take_number();
  std::optional<std::int64_t> read_number();

  [[nodiscard]] bool next_is(char c) const { return at_ < format_.size() && format_[at_] == c; }

  std::string_view format_;
  std::span<const Value> operands_;
  Formatter out_;
  std::size_t at_ = 0;
  std::size_t operand_ = 0;   ///< the next one
  bool reordered_ = false;    ///< an index was used: operands left over are no mistake
  bool after_index_ = false;  ///< "[n]" was read, and applies to what comes next
  bool index_is_good_ = true;
};

void FormatReader::read_flags() {
  auto& flags = out_.flags;
  flags = {};
  for (; at_ < format_.size(); ++at_) {
    switch (format_[at_]) {
      case '#':
        flags.sharp = true;
        break;
      case '0':
        flags.zero = !flags.minus;  // zeros only to the left
        break;
      case '+':
        flags.plus = true;
        break;
      case '-':
        flags.minus = true;
        flags.zero = false;
        break;
      case ' ':
        flags.space = true;
        break;
      default:
        return;
    }
  }
}

/// The decimal number here. Nothing where there is none; one that is too large swallows the rest of
/// the format.
std::optional<std::int64_t> FormatReader::read_number() {
  std::optional<std::int64_t> number;
  for (; at_ < format_.size() && format_[at_] >= '0' && format_[at_] <= '9'; ++at_) {
    if (number.value_or(0) > kLargest) {
      at_ = format_.size();
      return std::nullopt;
    }
    number = number.value_or(0) * 10 + (format_[at_] - '0');
  }
  return number;
}

/// The next operand, for a "*". Nothing where it is no integer, or too large a one.
std::optional<std::int64_t> FormatReader::take_number() {
  if (operand_ >= operands_.size()) return std::nullopt;
  const auto& operand = operands_[operand_++];
  std::int64_t number = 0;
  if (const auto* small = std::get_if<std::uint8_t>(&operand))
    number = *small;
  else if (const auto* integer = std::get_if<std::int64_t>(&operand))
    number = *integer;
  else
    return std::nullopt;
  if (number > kLargest || number < -kLargest) return std::nullopt;
  return number;
}

/// "[n]": the operand that comes next, counted from 1.
void FormatReader::read_index() {
  after_index_ = false;
  if (!next_is('[')) return;
  reordered_ = true;
  const auto rest = format_.substr(at_);
  const auto close = rest.find(']');
  if (rest.size() < 3 || close == std::string_view::npos) {
    index_is_good_ = false;
    ++at_;
    return;
  }
  std::int64_t number = 0;
  bool is_number = close > 1;
  for (const char c : rest.substr(1, close - 1)) {
    is_number = is_number && c >= '0' && c <= '9' && number <= kLargest;
    if (is_number) number = number * 10 + (c - '0');
  }
  at_ += close + 1;
  after_index_ = is_number;
  index_is_good_ = is_number && number >= 1 &&
                   static_cast<std::uint64_t>(number) <= operands_.size() && index_is_good_;
  if (is_number && number >= 1 && static_cast<std::uint64_t>(number) <= operands_.size())
    operand_ = static_cast<std::size_t>(number - 1);
}

void FormatReader::read_width() {
  auto& flags = out_.flags;
  if (next_is('*')) {
    ++at_;
    auto width = take_number();
    if (!width) out_.write_plain("%!(BADWIDTH)");
    if (width && *width < 0) {
      width = -*width;
      flags.minus = true;
      flags.zero = false;
    }
    if (width) flags.width = static_cast<std::size_t>(*width);
    after_index_ = false;
  } else if (const auto width = read_number()) {
    flags.width = static_cast<std::size_t>(*width);
    if (after_index_) index_is_good_ = false;  // "%[3]2d"
  }
}

void FormatReader::read_precision() {
  // A point at the very end is taken for the verb.
  if (!next_is('.') || at_ + 1 == format_.size()) return;
  ++at_;
  if (after_index_) index_is_good_ = false;  // "%[3].2d"
  read_index();
  if (next_is('*')) {
    ++at_;
    const auto precision = take_number();
    if (precision && *precision >= 0)
      out_.flags.precision = static_cast<std::size_t>(*precision);
    else
      out_.write_plain("%!(BADPREC)");
    after_index_ = false;
  } else {
    out_.flags.precision = static_cast<std::size_t>(read_number().value_or(0));
  }
}

void FormatReader::read_directive() {
  index_is_good_ = true;
  read_flags();
  read_index();
  read_width();
  read_precision();
  if (!after_index_) read_index();
  if (at_ >= format_.size()) return out_.write_plain("%!(NOVERB)");
  const auto verb = first_character(format_.substr(at_));
  at_ += verb.length;
  write_verb(verb.code);
}

void FormatReader::write_verb(char32_t verb) {
  if (verb == '%') return out_.write_plain("%");
  if (!index_is_good_ || operand_ >= operands_.size()) {
    std::string fault = "%!";
    append_character(fault, verb);
    return out_.write_plain(fault + (index_is_good_ ? "(MISSING)" : "(BADINDEX)"));
  }
  auto& flags = out_.flags;
  if (verb == 'v') {
    flags.source = std::exchange(flags.sharp, false);
    flags.fields = std::exchange(flags.plus, false);
  }
  out_.write(operands_[operand_++], verb);
}

void FormatReader::write_extra() {
  if (reordered_ || operand_ >= operands_.size()) return;
  out_.flags = {};
  out_.write_plain("%!(EXTRA ");
  for (bool first = true; operand_ < operands_.size(); first = false) {
    const auto& operand = operands_[operand_++];
    if (!first) out_.write_plain(", ");
    out_.write_plain(type_name(operand));
    if (is_nothing(operand)) continue;
    out_.write_plain("=");
    out_.write(operand, 'v');
  }
  out_.write_plain(")");
}

}  // namespace

std::string format_operands(std::string_view format, std::span<const Value> operands) {
  return FormatReader(format, operands).run();
}

std::string print_operands(std::span<const Value> operands) {
  Formatter out;
  bool after_other = false;
  for (const auto& operand : operands) {
    const bool is_other = text_in(operand) == nullptr;
    if (is_other && after_other) out.write_plain(" ");
    out.write(operand, 'v');
    after_other = is_other;
  }
  return out.take();
}

std::string print_line(std::span<const Value> operands) {
  Formatter out;
  bool first = true;
  for (const auto& operand : operands) {
    if (!first) out.write_plain(" ");
    first = false;
    out.write(operand, 'v');
  }
  out.write_plain("\n");
  return out.take();
}

}  // namespace town::tmpl
