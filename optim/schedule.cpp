#include "schedule.h"

#include "../graph/fail.h"
#include "../graph/support/expect_number.h"

namespace heed::optim {
using namespace heed::detail;

namespace detail {

void check_rate(const char* schedule, const char* field, double rate) { expect_not_negative(schedule, field, rate); }

void check_warmup(const char* schedule, std::int64_t warmup, std::int64_t total, std::int64_t step) {
  if (warmup < 0) fail("{}: warmup is {} steps, but it must not be negative", schedule, warmup);
  if (total < 1) fail("{}: total is {} steps, but it must be at least 1", schedule, total);
  if (warmup > total) fail("{}: warmup is {} steps, but it must be at most total, {}", schedule, warmup, total);
  if (step < 0) fail("{}: step is {}, but it must not be negative", schedule, step);
}

}  // namespace detail

InverseSquareRoot noam(std::int64_t width, std::int64_t warmup, double factor) {
  if (width < 1) fail("noam: width is {}, but it must be at least 1", width);
  detail::check_rate("noam", "factor", factor);
  detail::check_warmup("noam", warmup, std::numeric_limits<std::int64_t>::max(), 0);
  return {factor / std::sqrt(static_cast<double>(width) * static_cast<double>(std::max<std::int64_t>(warmup, 1))),
          warmup};
}

}  // namespace heed::optim
