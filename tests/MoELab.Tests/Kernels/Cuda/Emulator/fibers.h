// Runs the threads of one block at a time on one processor thread: each has a stack of its own and hands over at barriers.
// A warp goes on alone as far as it can, so that warps drift apart as they may on a GPU.
#pragma once
#include <csetjmp>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>
#include <sys/mman.h>
#include <ucontext.h>

struct uint3 { unsigned x, y, z; };
static uint3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulator {

struct Copy { unsigned char* to; const unsigned char* from; };

/// c[64, 256] += a b of a warpgroup, this thread's share of it.
struct GroupProduct { float (*c)[4]; uint64_t a, b; bool across_a, across_b; };

/// What the lanes of a warp show each other; two sets, so that a lane may go on while others still read.
struct Slot { uint64_t word[4]; };

struct Warp {
    Slot slots[2][32];
    unsigned generation, arrived;
    const char* operation;
};

struct Fiber {
    jmp_buf state;
    ucontext_t start;
    uint3 index;
    int lane;
    Warp* warp;
    bool started, done;
    const unsigned* watched;
    unsigned seen;
    std::vector<std::vector<Copy>> groups;
    std::vector<Copy> open;
    std::vector<std::vector<GroupProduct>> products;
    std::vector<GroupProduct> open_products;
    std::vector<size_t> hidden;
    bool fenced;
};

static const size_t StackBytes = 256 << 10;
static std::vector<Fiber> fibers;
static std::vector<Warp> warps;
static std::vector<unsigned char*> stacks;
static std::vector<unsigned char> block_memory;
// Pieces of 16 bytes that were copied to since a fence showed them to the products of warpgroups.
static std::vector<bool> hidden;
static Fiber* current;
static jmp_buf scheduler;
static unsigned block_generation, block_arrived;
static bool early_copies;
static char failure[400];
static void (*body)(void**);
static void** arguments;

static void resume_scheduler() { _longjmp(scheduler, 1); }

/// Ends the launch with a message.
[[noreturn]] static void fail(const char* format, ...)
{
    va_list values;
    va_start(values, format);
    int used = snprintf(failure, sizeof failure, "block (%u, %u, %u), thread %u: ", blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x);
    vsnprintf(failure + used, sizeof failure - used, format, values);
    va_end(values);
    resume_scheduler();
    abort();
}

static void yield()
{
    if (!_setjmp(current->state))
        resume_scheduler();
}

static void arrive(unsigned& arrived, unsigned& generation, unsigned expected)
{
    current->seen = generation;
    if (++arrived == expected)
    {
        arrived = 0;
        generation++;
        return;
    }
    current->watched = &generation;
    yield();
}

/// Shows `mine` to the warp, waits for all 32 lanes and gives what they showed.
static const Slot* exchange(const char* operation, const Slot& mine)
{
    Warp& warp = *current->warp;
    if (warp.arrived == 0)
        warp.operation = operation;
    else if (strcmp(warp.operation, operation) != 0)
        fail("lanes of a warp meet at %s and %s", warp.operation, operation);
    Slot* slots = warp.slots[warp.generation % 2];
    slots[current->lane] = mine;
    arrive(warp.arrived, warp.generation, 32);
    return slots;
}

static void fiber_main()
{
    body(arguments);
    current->done = true;
    resume_scheduler();
}

static void resume(Fiber& fiber)
{
    current = &fiber;
    threadIdx = fiber.index;
    fiber.watched = nullptr;
    if (_setjmp(scheduler))
        return;
    if (fiber.started)
        _longjmp(fiber.state, 1);
    fiber.started = true;
    setcontext(&fiber.start);
}

static void start_block(unsigned threads)
{
    fibers.resize(threads);
    warps.assign(threads / 32, Warp{});
    block_generation = block_arrived = 0;
    while (stacks.size() < threads)
        stacks.push_back((unsigned char*)mmap(nullptr, StackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (unsigned t = 0; t < threads; t++)
    {
        Fiber& fiber = fibers[t];
        fiber.index = {t, 0, 0};
        fiber.lane = t % 32;
        fiber.warp = &warps[t / 32];
        fiber.started = fiber.done = false;
        fiber.watched = nullptr;
        fiber.groups.clear();
        fiber.open.clear();
        fiber.products.clear();
        fiber.open_products.clear();
        fiber.hidden.clear();
        fiber.fenced = false;
        getcontext(&fiber.start);
        fiber.start.uc_stack.ss_sp = stacks[t];
        fiber.start.uc_stack.ss_size = StackBytes;
        fiber.start.uc_link = nullptr;
        makecontext(&fiber.start, fiber_main, 0);
    }
    // Bytes of 0xff are NaN as bf16 and as float: what is read before it is written shows.
    if (!block_memory.empty())
        memset(block_memory.data(), 0xff, block_memory.size());
    hidden.assign(block_memory.size() / 16, false);
}

/// 0 to count - 1 in an order that the state gives.
static std::vector<unsigned> shuffled(size_t count, uint64_t& state)
{
    std::vector<unsigned> order(count);
    for (size_t i = 0; i < count; i++)
    {
        state = state * 6364136223846793005u + 1442695040888963407u;
        size_t at = (state >> 33) % (i + 1);
        order[i] = order[at];
        order[at] = i;
    }
    return order;
}

/// Runs a block; its warps and lanes take turns in an order that the state gives.
static bool run_block(unsigned threads, uint64_t& state)
{
    start_block(threads);
    std::vector<unsigned> warp_order = shuffled(threads / 32, state), lane_order = shuffled(32, state);
    for (bool moved = true; moved;)
    {
        moved = false;
        for (unsigned warp : warp_order)
            for (bool again = true; again;)
            {
                again = false;
                for (unsigned lane : lane_order)
                {
                    Fiber& fiber = fibers[warp * 32 + lane];
                    if (fiber.done || (fiber.watched && *fiber.watched == fiber.seen))
                        continue;
                    resume(fiber);
                    if (failure[0])
                        return false;
                    moved = again = true;
                }
            }
    }
    for (Fiber& fiber : fibers)
        if (!fiber.done)
        {
            snprintf(failure, sizeof failure, "block (%u, %u, %u): thread %u waits for threads that never come", blockIdx.x, blockIdx.y, blockIdx.z, fiber.index.x);
            return false;
        }
    return true;
}

}
