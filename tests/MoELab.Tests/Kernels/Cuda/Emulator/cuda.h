// What NVRTC knows without headers, as far as the sources use it.
#pragma once
#include <math.h>
#include "fibers.h"

#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static
#define DYNAMIC_SHARED(name) unsigned char* name = emulator::block_memory.data()

struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(16) int4 { int x, y, z, w; };

template <class To, class From>
static To same_bits(From value)
{
    static_assert(sizeof(To) == sizeof(From), "sizes differ");
    To result;
    memcpy(&result, &value, sizeof result);
    return result;
}

static float __uint_as_float(unsigned bits) { return same_bits<float>(bits); }
static unsigned __float_as_uint(float value) { return same_bits<unsigned>(value); }
#define __expf expf
static int __popc(unsigned value) { return __builtin_popcount(value); }

static void __syncthreads() { emulator::arrive(emulator::block_arrived, emulator::block_generation, blockDim.x); }

static void whole_warp(unsigned mask)
{
    if (mask != 0xffffffffu)
        emulator::fail("a collective of lanes %08x; the emulator knows whole warps", mask);
}

static void __syncwarp(unsigned mask = 0xffffffffu)
{
    whole_warp(mask);
    emulator::exchange("syncwarp", {});
}

template <class T>
static T exchanged(const char* operation, unsigned mask, T value, int from)
{
    whole_warp(mask);
    emulator::Slot slot{};
    memcpy(slot.word, &value, sizeof value);
    const emulator::Slot* slots = emulator::exchange(operation, slot);
    memcpy(&value, slots[from].word, sizeof value);
    return value;
}

template <class T>
static T __shfl_xor_sync(unsigned mask, T value, int bits) { return exchanged("shfl_xor", mask, value, emulator::current->lane ^ bits); }

template <class T>
static T __shfl_sync(unsigned mask, T value, int lane) { return exchanged("shfl", mask, value, lane % 32); }

static unsigned __match_any_sync(unsigned mask, int value)
{
    whole_warp(mask);
    emulator::Slot slot{};
    memcpy(slot.word, &value, sizeof value);
    const emulator::Slot* slots = emulator::exchange("match_any", slot);
    unsigned same = 0;
    for (int lane = 0; lane < 32; lane++)
        same |= (memcmp(slots[lane].word, &value, sizeof value) == 0 ? 1u : 0u) << lane;
    return same;
}

// Threads hand over at barriers only, so that this is atomic.
template <class T>
static T atomicAdd(T* at, T value)
{
    T before = *at;
    *at += value;
    return before;
}

static long long atomicMin(long long* at, long long value)
{
    long long before = *at;
    *at = value < before ? value : before;
    return before;
}
