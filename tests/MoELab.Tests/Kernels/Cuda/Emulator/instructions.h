// The instructions of prelude.cu by what the PTX manual says of them: which lane holds which element.
#pragma once
#include "cuda.h"

static float widen(unsigned bf16) { return __uint_as_float(bf16 << 16); }

static unsigned narrow(float value)
{
    unsigned bits = __float_as_uint(value);
    if (value != value)
        return 0x7fff;
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

static unsigned pack_bf16(float low, float high) { return narrow(high) << 16 | narrow(low); }

static unsigned shared_address(const void* pointer)
{
    return (unsigned)((const unsigned char*)pointer - emulator::block_memory.data());
}

static unsigned char* shared_bytes(unsigned address)
{
    if (address % 16 != 0 || address + 16 > emulator::block_memory.size())
        emulator::fail("16 bytes of shared memory at %u; there are %zu, in pieces of 16", address, emulator::block_memory.size());
    return emulator::block_memory.data() + address;
}

// The eight rows of a matrix are read at once: two in the same 16 bytes of the 128 that the banks give would wait for each other.
static const emulator::Slot* exchange_addresses(const char* operation, unsigned address)
{
    emulator::Slot slot{};
    slot.word[0] = address;
    const emulator::Slot* rows = emulator::exchange(operation, slot);
    for (int first = 0; first < 32; first += 8)
    {
        unsigned banks = 0;
        for (int row = first; row < first + 8; row++)
            banks |= 1u << rows[row].word[0] / 16 % 8;
        if (banks != 0xff)
            emulator::fail("%s meets a bank conflict", operation);
    }
    return rows;
}

static unsigned short matrix_element(const emulator::Slot* rows, int matrix, int row, int column)
{
    return ((const unsigned short*)shared_bytes((unsigned)rows[matrix * 8 + row].word[0]))[column];
}

// Lane l of the result holds elements 2 (l % 4) and 2 (l % 4) + 1 of row l / 4.
static void load_matrices(unsigned (&r)[4], unsigned address)
{
    const emulator::Slot* rows = exchange_addresses("ldmatrix", address);
    int row = emulator::current->lane / 4, column = emulator::current->lane % 4 * 2;
    for (int m = 0; m < 4; m++)
        r[m] = matrix_element(rows, m, row, column) | (unsigned)matrix_element(rows, m, row, column + 1) << 16;
}

static void load_matrices_transposed(unsigned (&r)[4], unsigned address)
{
    const emulator::Slot* rows = exchange_addresses("ldmatrix.trans", address);
    int row = emulator::current->lane / 4, column = emulator::current->lane % 4 * 2;
    for (int m = 0; m < 4; m++)
        r[m] = matrix_element(rows, m, column, row) | (unsigned)matrix_element(rows, m, column + 1, row) << 16;
}

// A: a0 is (row l / 4, columns 2 (l % 4) and the next), a1 eight rows below, a2 eight columns on, a3 both.
// B: b0 is (rows 2 (l % 4) and the next, column l / 4), b1 eight rows below. C: c0 and c1 as a0, c2 and c3 eight rows below.
static void multiply_add(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1)
{
    emulator::Slot slot{};
    slot.word[0] = a[0] | (uint64_t)a[1] << 32;
    slot.word[1] = a[2] | (uint64_t)a[3] << 32;
    slot.word[2] = b0 | (uint64_t)b1 << 32;
    const emulator::Slot* slots = emulator::exchange("mma", slot);
    int row = emulator::current->lane / 4, column = emulator::current->lane % 4 * 2;
    for (int k = 0; k < 16; k++)
    {
        const emulator::Slot &left = slots[row * 4 + k % 8 / 2], &right = slots[column * 4 + k % 8 / 2], &next = slots[column * 4 + 4 + k % 8 / 2];
        float above = widen(left.word[k / 8] >> k % 2 * 16 & 0xffff), below = widen(left.word[k / 8] >> (32 + k % 2 * 16) & 0xffff);
        float x = widen(right.word[2] >> (k / 8 * 32 + k % 2 * 16) & 0xffff), y = widen(next.word[2] >> (k / 8 * 32 + k % 2 * 16) & 0xffff);
        c[0] += above * x;
        c[1] += above * y;
        c[2] += below * x;
        c[3] += below * y;
    }
}

static void finish(const emulator::Copy& copy)
{
    memcpy(copy.to, copy.from, 16);
    size_t piece = (copy.to - emulator::block_memory.data()) / 16;
    emulator::hidden[piece] = true;
    emulator::current->hidden.push_back(piece);
}

// What is under way reads as NaN. It lands at once or as late as it may, as the launch's order says.
static void copy_16(unsigned shared, const void* global, bool wanted)
{
    static const unsigned char zeros[16] = {};
    emulator::Copy copy{shared_bytes(shared), wanted ? (const unsigned char*)global : zeros};
    if (wanted && (uintptr_t)global % 16 != 0)
        emulator::fail("16 bytes of global memory at an address that is no multiple of 16");
    memset(copy.to, 0xff, 16);
    if (emulator::early_copies)
        finish(copy);
    else
        emulator::current->open.push_back(copy);
}

static void commit_copies()
{
    emulator::current->groups.push_back(std::move(emulator::current->open));
    emulator::current->open.clear();
}

template <int Open>
static void wait_copies()
{
    auto& groups = emulator::current->groups;
    while (groups.size() > Open)
    {
        for (auto& copy : groups.front())
            finish(copy);
        groups.erase(groups.begin());
    }
}
