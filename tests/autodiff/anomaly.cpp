// Compiled with -g for line numbers.
#include <heed/heed.h>

#include <cmath>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

int line_of_log = 0, line_of_sqrt = 0;

[[gnu::noinline]] Tensor logarithm_of(const Tensor& x) {
  line_of_log = __LINE__ + 1;
  Tensor y = log(x);
  return y * 1.0;
}

[[gnu::noinline]] Tensor root_of(const Tensor& x) {
  line_of_sqrt = __LINE__ + 1;
  Tensor y = sqrt(x);
  return y * 1.0;
}

template <class Function>
std::string message_of(const Function& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

void check_ends(const std::string& message, int line, const std::string& function) {
  CAPTURE(message, line);
  const std::size_t at = message.find("; called at ");
  REQUIRE(at != std::string::npos);
  CHECK(message.substr(at).find("autodiff/anomaly.cpp:" + std::to_string(line)) != std::string::npos);
  CHECK(message.ends_with(" in {anonymous}::" + function));
}

}  // namespace

TEST_CASE("anomaly mode names the op, its inputs and the line that produced a NaN", "[anomaly]") {
  const Tensor x = tensor({1.0, -2.0, 3.0}).require_grad();
  CHECK(message_of([&] { logarithm_of(x); }) == "no error");
  const AnomalyMode anomaly;
  const std::string found = message_of([&] { logarithm_of(x); });
  CAPTURE(found);
  CHECK(
      found.starts_with("anomaly: log produced nan at [1] of its result [3] from input 0 [3], values -2 to 3; called"));
  check_ends(found, line_of_log, "logarithm_of");
  CHECK(message_of([&] { no_grad([&] { return logarithm_of(x.detach()); }); }).starts_with("anomaly: log produced"));
}

TEST_CASE("anomaly mode names the call of the op whose gradient produced an infinity", "[anomaly]") {
  const Tensor x = tensor({4.0, 0.0}).require_grad();
  const std::vector<std::pair<std::string, Tensor>> names{{"layer.weight", x}};
  const AnomalyMode anomaly{names};
  const Tensor loss = sum(root_of(x));
  const std::string found = message_of([&] { backward(loss); });
  CHECK(
      found.starts_with("anomaly: the gradient of sqrt produced inf at [1] for its input 0 [2], whose inputs are "
                        "layer.weight; called at "));
  check_ends(found, line_of_sqrt, "root_of");
  CHECK(message_of([&] { (void)log(transpose(reshape(x, {1, 2}))); })
            .starts_with(
                "anomaly: log produced -inf at [1, 0] of its result [2, 1] from layer.weight [2, 1], values 0 to 4"));
}

TEST_CASE("anomaly mode finds the op inside a checkpoint, and in second derivatives", "[anomaly]") {
  const Tensor x = tensor({4.0, 0.0}).require_grad();
  const AnomalyMode anomaly;
  const Tensor loss = sum(checkpoint([](const Tensor& a) { return root_of(a); }, {x}));
  const std::string found = message_of([&] { backward(loss); });
  CHECK(found.starts_with("anomaly: the gradient of sqrt produced inf at [1]"));
  check_ends(found, line_of_sqrt, "root_of");
  const Tensor again = sum(root_of(x));
  CHECK(message_of([&] {
          (void)grad(again, x, {.create_graph = true});
        }).starts_with("anomaly: the gradient of sqrt produced inf"));
}

TEST_CASE("anomaly mode does not report values of inputs, or infinities if disabled", "[anomaly]") {
  const double infinity = INFINITY;
  const Tensor masked = tensor({0.0, -infinity}), x = tensor({1.0, 2.0}).require_grad();
  {
    const AnomalyMode anomaly;
    CHECK(softmax(x + masked).to_vector<double>()[1] == 0);
    CHECK_NOTHROW(backward(sum(softmax(x + masked))));
    const Tensor y = x * 2;
    CHECK_THROWS_MATCHES(backward(y, masked), Error,
                         Message("anomaly: the gradient of the result [2] of multiply has -inf at [1], which no op "
                                 "produced: it was passed to backward, a hook returned it, or a sum of gradients "
                                 "overflowed"));
  }
  const AnomalyMode anomaly{{}, {.infinities = false}};
  CHECK_NOTHROW(log(x * 0.0));
  CHECK_THROWS(log(x - 2));
}

TEST_CASE("training can continue after a reported anomaly", "[anomaly]") {
  const auto before = live_nodes();
  {
    const AnomalyMode anomaly;
    const Tensor bad = tensor({0.0}).require_grad(), good = tensor({4.0}).require_grad();
    CHECK_THROWS(backward(sum(root_of(bad))));
    CHECK_THROWS(backward(sum(checkpoint(root_of, {bad}))));
    CHECK_THROWS(logarithm_of(bad));
    CHECK_NOTHROW(backward(sum(root_of(good))));
    CHECK(good.grad().item() == 0.25);
  }
  CHECK(live_nodes() == before);
}
