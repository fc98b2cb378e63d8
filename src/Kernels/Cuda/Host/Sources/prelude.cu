// What every module starts with: bf16, warp sums and the instructions of sm_80 that C++ has no name for.
// The emulator of the tests (MOELAB_EMULATE) brings its own version of the instructions.

typedef unsigned short bf16;
typedef unsigned int bf16x2;

#define FULL_WARP 0xffffffffu

// Rows of a tile of the products, and so of an entry of the tile list.
#define TILE_ROWS 128

#ifndef MOELAB_EMULATE

#define DYNAMIC_SHARED(name) extern __shared__ __align__(1024) unsigned char name[]

/// Two numbers rounded to the nearest bf16, ties to even; the first in the low half.
__device__ __forceinline__ bf16x2 pack_bf16(float low, float high)
{
    bf16x2 packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
}

/// The address of shared memory as these instructions take it.
__device__ __forceinline__ unsigned shared_address(const void* pointer)
{
    return (unsigned)__cvta_generic_to_shared(pointer);
}

/// Four 8x8 matrices of bf16; lane l gives the address of row l % 8 of matrix l / 8.
__device__ __forceinline__ void load_matrices(unsigned (&r)[4], unsigned address)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
        : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(address) : "memory");
}

/// The same, each matrix transposed.
__device__ __forceinline__ void load_matrices_transposed(unsigned (&r)[4], unsigned address)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
        : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(address) : "memory");
}

/// c[16, 8] += a[16, 16] b[16, 8] over a warp.
__device__ __forceinline__ void multiply_add(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1)
{
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// Starts to copy 16 bytes from global to shared memory, or to fill them with zeros.
__device__ __forceinline__ void copy_16(unsigned shared, const void* global, bool wanted)
{
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" :: "r"(shared), "l"(global), "r"(wanted ? 16 : 0) : "memory");
}

/// Closes a group of this thread's copies.
__device__ __forceinline__ void commit_copies()
{
    asm volatile("cp.async.commit_group;" ::: "memory");
}

/// Waits until at most `Open` of this thread's groups are under way.
template <int Open>
__device__ __forceinline__ void wait_copies()
{
    asm volatile("cp.async.wait_group %0;" :: "n"(Open) : "memory");
}

#endif

__device__ __forceinline__ float low_bf16(bf16x2 packed) { return __uint_as_float(packed << 16); }

__device__ __forceinline__ float high_bf16(bf16x2 packed) { return __uint_as_float(packed & 0xffff0000u); }

/// The sum over the lanes whose numbers differ in the bits below `Lanes`, a power of two; every lane gets it.
template <int Lanes>
__device__ __forceinline__ float lane_sum(float value)
{
#pragma unroll
    for (int bit = Lanes / 2; bit > 0; bit /= 2)
        value += __shfl_xor_sync(FULL_WARP, value, bit);
    return value;
}

__device__ __forceinline__ int least(int a, int b) { return a < b ? a : b; }
