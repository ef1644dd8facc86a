#pragma once
#include <heed/heed.h>

#include <algorithm>
inline heed::Tensor argmax(const heed::Tensor& x, int) {
  const auto values = heed::contiguous(x);
  const auto data = values.data<float>();
  std::vector<std::int64_t> at;
  const auto width = static_cast<std::size_t>(x.size(-1));
  for (std::size_t r = 0; r < static_cast<std::size_t>(x.size(0)); ++r)
    at.push_back(std::max_element(data.begin() + static_cast<std::ptrdiff_t>(r * width),
                                  data.begin() + static_cast<std::ptrdiff_t>((r + 1) * width)) -
                 (data.begin() + static_cast<std::ptrdiff_t>(r * width)));
  return heed::tensor(at);
}
