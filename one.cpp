#include <heed/autodiff/backward.h>
#include <heed/graph/create.h>
#include <heed/graph/gradient_slot.h>
#include <heed/graph/leaf_cycles.h>
#include <heed/graph/memory.h>
#include <heed/graph/ambient.h>
#include <thread>
#include <vector>
#include <cstdio>
using namespace heed;
// graph alone: leaves, gradients, arena
int main(){ const Tensor w=empty({1000}).require_grad();
 std::vector<std::thread> all; for(int i=0;i<4;i++) all.emplace_back([&]{ for(int k=0;k<2000;k++){ Tensor g=empty({1000}); auto d=g.mutable_data<float>(); for(auto&x:d)x=1;
   detail::change_gradient(w,[&](Tensor& t){ if(t){ auto a=t.mutable_data<float>(); for(auto&x:a)x+=1;} else t=g; });
   if(Tensor s=w.grad()) { volatile std::size_t n=s.elements(); (void)n; }
   next_random_stream(); if(k%100==0){ release_cached_memory(); memory_report(); live_nodes(); } Tensor x=empty({10+k}).require_grad(); x.set_grad(empty({10+k})); } });
 for(auto&t:all)t.join(); std::printf("%f\n", w.grad().data<float>()[999]); }
