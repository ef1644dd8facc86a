// heed: dynamic graphs with reverse-mode autodiff, and transformers, for CPUs. One header for all of it.
#pragma once
