// Launches a kernel by name with pointers to its arguments, as cuLaunchKernel does.
#pragma once
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include "fibers.h"

namespace emulator {

static std::unordered_map<std::string, void (*)(void**)>& entries()
{
    static std::unordered_map<std::string, void (*)(void**)> table;
    return table;
}

template <auto Kernel, class... Arguments, size_t... I>
static void call(void (*)(Arguments...), void** pointers, std::index_sequence<I...>) { Kernel(*(Arguments*)pointers[I]...); }

template <class... Arguments>
static constexpr size_t count(void (*)(Arguments...)) { return sizeof...(Arguments); }

template <auto Kernel>
static void invoke(void** pointers) { call<Kernel>(Kernel, pointers, std::make_index_sequence<count(Kernel)>()); }

struct Entry { Entry(const char* name, void (*entry)(void**)) { entries()[name] = entry; } };

}

#define MOELAB_ENTRY(name) static emulator::Entry entry_##name(#name, emulator::invoke<name>)

/// Returns null, or what went wrong. `order` shuffles blocks, warps and lanes; an odd one lets asynchronous copies land at once.
extern "C" const char* moelab_launch(const char* name, const unsigned* grid, unsigned threads, unsigned shared, unsigned order, void** arguments)
{
    static std::mutex one_at_a_time;
    std::lock_guard<std::mutex> lock(one_at_a_time);
    emulator::failure[0] = 0;
    auto entry = emulator::entries().find(name);
    if (entry == emulator::entries().end())
        return "no such kernel";
    if (threads == 0 || threads % 32 != 0 || threads > 1024 || shared > 227 << 10 || grid[1] > 65535 || grid[2] > 65535)
        return "a launch that no card takes; the emulator wants whole warps";
    emulator::body = entry->second;
    emulator::arguments = arguments;
    emulator::early_copies = order % 2 == 1;
    emulator::block_memory.assign(shared, 0xff);
    std::mt19937 generator(order);
    gridDim = {grid[0], grid[1], grid[2]};
    blockDim = {threads, 1, 1};
    size_t blocks = (size_t)grid[0] * grid[1] * grid[2];
    std::vector<size_t> turn(blocks);
    std::iota(turn.begin(), turn.end(), 0);
    for (size_t i = blocks; order != 0 && i > 1; i--)
        std::swap(turn[i - 1], turn[generator() % i]);
    for (size_t block : turn)
    {
        blockIdx = {unsigned(block % grid[0]), unsigned(block / grid[0] % grid[1]), unsigned(block / grid[0] / grid[1])};
        if (!emulator::run_block(threads, generator))
            return emulator::failure;
    }
    return nullptr;
}
