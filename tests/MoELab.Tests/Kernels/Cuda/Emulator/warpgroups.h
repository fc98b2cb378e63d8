// The instructions of wgmma.cu by what the PTX manual says of them: descriptors, 128-byte swizzling and which thread holds which sum.
#pragma once
#include "instructions.h"

static void show_to_products()
{
    for (size_t piece : emulator::current->hidden)
        emulator::hidden[piece] = false;
    emulator::current->hidden.clear();
}

static void settle(float (&)[32][4]) {}

static void open_products() { emulator::current->fenced = true; }

// Element (row, k) of an operand: row along M or N. Swizzling exchanges bits 4 to 6 of the address with bits 7 to 9 by exclusive or.
static float group_element(uint64_t descriptor, bool across, int row, int k)
{
    unsigned start = (descriptor & 0x3fff) << 4, leading = (descriptor >> 16 & 0x3fff) << 4, stride = (descriptor >> 32 & 0x3fff) << 4;
    if (descriptor >> 62 != 1 || (descriptor >> 46 & 0xffff) != 0)
        emulator::fail("a descriptor of another layout than 128-byte swizzling: %016llx", (unsigned long long)descriptor);
    unsigned at = across ? start + row / 64 * leading + k / 8 * stride + k % 8 * 128 + row % 64 * 2 : start + row / 8 * stride + row % 8 * 128 + k * 2;
    at ^= (at >> 7 & 7) << 4;
    if (at + 2 > emulator::block_memory.size())
        emulator::fail("a product reads shared memory at %u; there are %zu bytes", at, emulator::block_memory.size());
    if (emulator::hidden[at / 16])
        emulator::fail("a product reads shared memory at %u, which no fence has shown it since it was copied", at);
    unsigned short value;
    memcpy(&value, emulator::block_memory.data() + at, 2);
    return widen(value);
}

// Thread t of a warpgroup holds rows 16 (t / 32) + t % 32 / 4 and eight below, columns 8 n + 2 (t % 4) and the next.
static void multiply_now(const emulator::GroupProduct& product)
{
    int row = threadIdx.x % 128 / 32 * 16 + threadIdx.x % 32 / 4;
    float left[2][16];
    for (int k = 0; k < 16; k++)
        for (int below = 0; below < 2; below++)
            left[below][k] = group_element(product.a, product.across_a, row + 8 * below, k);
    for (int n = 0; n < 32; n++)
        for (int next = 0; next < 2; next++)
            for (int k = 0; k < 16; k++)
            {
                float right = group_element(product.b, product.across_b, 8 * n + threadIdx.x % 4 * 2 + next, k);
                product.c[n][next] += left[0][k] * right;
                product.c[n][2 + next] += left[1][k] * right;
            }
}

// Reads at once what may still be on its way, or as late as it may what may be overwritten: the opposite of what the copies do.
template <bool AcrossA, bool AcrossB>
static void multiply_add_256(float (&c)[32][4], unsigned long long a, unsigned long long b)
{
    emulator::Slot slot{};
    slot.word[0] = a;
    slot.word[1] = b;
    const emulator::Slot* slots = emulator::exchange("wgmma", slot);
    for (int lane = 0; lane < 32; lane++)
        if (slots[lane].word[0] != a || slots[lane].word[1] != b)
            emulator::fail("the lanes of a warp give wgmma different descriptors");
    if (!emulator::current->fenced)
        emulator::fail("wgmma without wgmma.fence before the first of its group");
    emulator::GroupProduct product{c, a, b, AcrossA, AcrossB};
    if (emulator::early_copies)
        emulator::current->open_products.push_back(product);
    else
        multiply_now(product);
}

static void commit_products()
{
    emulator::current->products.push_back(std::move(emulator::current->open_products));
    emulator::current->open_products.clear();
    emulator::current->fenced = false;
}

template <int Open>
static void wait_products()
{
    auto& groups = emulator::current->products;
    while (groups.size() > Open)
    {
        for (auto& product : groups.front())
            multiply_now(product);
        groups.erase(groups.begin());
    }
}
