#include "compare.h"

#include "../kernels/elementwise.h"
#include "../support/elementwise.h"

namespace heed {
using namespace heed::detail;

using kernels::Compare;

Tensor equal(const Tensor& a, const Tensor& b) { return map("equal", a, b, Compare::equal); }
Tensor not_equal(const Tensor& a, const Tensor& b) { return map("not_equal", a, b, Compare::not_equal); }
Tensor less(const Tensor& a, const Tensor& b) { return map("less", a, b, Compare::less); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return map("less_equal", a, b, Compare::less_equal); }
Tensor greater(const Tensor& a, const Tensor& b) { return map("greater", a, b, Compare::greater); }
Tensor greater_equal(const Tensor& a, const Tensor& b) { return map("greater_equal", a, b, Compare::greater_equal); }

Tensor equal(const Tensor& a, Number b) { return map("equal", a, b, Compare::equal); }
Tensor not_equal(const Tensor& a, Number b) { return map("not_equal", a, b, Compare::not_equal); }
Tensor less(const Tensor& a, Number b) { return map("less", a, b, Compare::less); }
Tensor less_equal(const Tensor& a, Number b) { return map("less_equal", a, b, Compare::less_equal); }
Tensor greater(const Tensor& a, Number b) { return map("greater", a, b, Compare::greater); }
Tensor greater_equal(const Tensor& a, Number b) { return map("greater_equal", a, b, Compare::greater_equal); }

}  // namespace heed
