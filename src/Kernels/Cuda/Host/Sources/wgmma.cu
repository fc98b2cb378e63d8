// The products of a warpgroup (sm_90a): four warps multiply two operands in shared memory, asynchronously.
// The emulator of the tests (MOELAB_EMULATE) brings its own version of the instructions.

/// Which 8 x 128 bytes of shared memory a product reads, in the layout of 128-byte swizzling: `leading` bytes to the next 64 columns of an
/// operand across the depth (not read for one along it), `stride` bytes to the next 8 rows.
__device__ __forceinline__ unsigned long long matrix_descriptor(unsigned address, unsigned leading, unsigned stride)
{
    return (unsigned long long)((address & 0x3ffff) / 16) | (unsigned long long)(leading / 16) << 16 | (unsigned long long)(stride / 16) << 32 | 1ull << 62;
}

#ifndef MOELAB_EMULATE

/// What this thread has written to shared memory is there for products that start later.
__device__ __forceinline__ void show_to_products()
{
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

/// Before the first product after the sums were written otherwise.
__device__ __forceinline__ void open_products()
{
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

/// Closes a group of products.
__device__ __forceinline__ void commit_products()
{
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

/// Waits until at most `Open` groups are under way.
template <int Open>
__device__ __forceinline__ void wait_products()
{
    asm volatile("wgmma.wait_group.sync.aligned %0;" :: "n"(Open) : "memory");
}

/// Keeps the compiler from using sums before the wait that precedes this.
__device__ __forceinline__ void settle(float (&c)[32][4])
{
#pragma unroll
    for (int n = 0; n < 32; n++)
#pragma unroll
        for (int i = 0; i < 4; i++)
            asm volatile("" : "+f"(c[n][i]) :: "memory");
}

#define SUMS_1(n) "+f"(c[n][0]), "+f"(c[n][1]), "+f"(c[n][2]), "+f"(c[n][3])
#define SUMS_4(n) SUMS_1(n), SUMS_1(n + 1), SUMS_1(n + 2), SUMS_1(n + 3)

/// Starts c[64, 256] += a[64, 16] b[16, 256] over a warpgroup; an operand lies along the depth or across it.
template <bool AcrossA, bool AcrossB>
__device__ __forceinline__ void multiply_add_256(float (&c)[32][4], unsigned long long a, unsigned long long b)
{
    asm volatile("{\n.reg .pred more;\nsetp.ne.b32 more, %130, 0;\nwgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {"
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
        "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
        "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "
        "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
        "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"
        "}, %128, %129, more, 1, 1, %131, %132;\n}"
        : SUMS_4(0), SUMS_4(4), SUMS_4(8), SUMS_4(12), SUMS_4(16), SUMS_4(20), SUMS_4(24), SUMS_4(28)
        : "l"(a), "l"(b), "n"(1), "n"(AcrossA), "n"(AcrossB));
}

#endif
