// heed: dynamic graphs with reverse-mode autodiff, and transformers, for CPUs. One header for all of it.
#pragma once

#include "graph/ambient.h"
#include "graph/create.h"
#include "graph/differentiable.h"
#include "graph/error.h"
#include "graph/executor.h"
#include "graph/format.h"
#include "graph/memory.h"
#include "graph/print.h"
#include "graph/random.h"
#include "graph/tensor.h"
