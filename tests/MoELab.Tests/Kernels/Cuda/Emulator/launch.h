// Launches a kernel by name with pointers to its arguments, as cuLaunchKernel does.
#pragma once
#include <pthread.h>
#include <utility>
#include "fibers.h"

namespace emulator {

struct Entry
{
    const char* name;
    void (*run)(void**);
};

template <auto Kernel, class... Arguments, size_t... I>
static void call(void (*)(Arguments...), void** pointers, std::index_sequence<I...>) { Kernel(*(Arguments*)pointers[I]...); }

template <class... Arguments>
static constexpr size_t count(void (*)(Arguments...)) { return sizeof...(Arguments); }

template <auto Kernel>
static void invoke(void** pointers) { call<Kernel>(Kernel, pointers, std::make_index_sequence<count(Kernel)>()); }

}

#define MOELAB_ENTRY(name) {#name, emulator::invoke<name>}

/// The kernels of the module.
extern const emulator::Entry moelab_entries[];
extern const unsigned moelab_entry_count;
/// Threads of a block where all kernels of the module want as many, otherwise 0.
extern const unsigned moelab_threads;

static const char* launch(const char* name, const unsigned* grid, unsigned threads, unsigned shared, unsigned order, void** arguments)
{
    emulator::failure[0] = 0;
    const emulator::Entry* entry = moelab_entries;
    while (entry < moelab_entries + moelab_entry_count && strcmp(entry->name, name) != 0)
        entry++;
    if (entry == moelab_entries + moelab_entry_count || (moelab_threads != 0 && threads != moelab_threads))
        return "no such kernel";
    if (threads == 0 || threads % 32 != 0 || threads > 1024 || shared > 227 << 10 || grid[1] > 65535 || grid[2] > 65535)
        return "a launch that no GPU takes; the emulator wants whole warps";
    emulator::body = entry->run;
    emulator::arguments = arguments;
    emulator::early_copies = order % 2 == 1;
    emulator::block_memory.resize(shared);
    gridDim = {grid[0], grid[1], grid[2]};
    blockDim = {threads, 1, 1};
    uint64_t state = order;
    for (unsigned block : emulator::shuffled((size_t)grid[0] * grid[1] * grid[2], state))
    {
        blockIdx = {block % grid[0], block / grid[0] % grid[1], block / grid[0] / grid[1]};
        if (!emulator::run_block(threads, state))
            return emulator::failure;
    }
    return nullptr;
}

/// Returns null, or what went wrong. `order` shuffles blocks, warps and lanes; an odd one lets asynchronous copies land at once.
extern "C" const char* moelab_launch(const char* name, const unsigned* grid, unsigned threads, unsigned shared, unsigned order, void** arguments)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&one_at_a_time);
    const char* message = launch(name, grid, threads, shared, order, arguments);
    pthread_mutex_unlock(&one_at_a_time);
    return message;
}
