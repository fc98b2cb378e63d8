// The tile of all products on sm_90a: TILE_ROWS x TILE_COLUMNS results of one block, TILE_DEPTH deep per step. Two warpgroups of 64 x 256
// results each multiply one step while the copies of the step after the next are under way. Operands come through cp.async into shared
// memory in the layout of 128-byte swizzling, which wgmma reads by itself.
#define TILE_COLUMNS 256
#define TILE_DEPTH 64
#define TILE_STAGES 4
#define TILE_THREADS 256
#define TILE_SHARED 196608
#define TILE_BLOCKS 1

#define SUMS_DOWN 1
#define SUMS_ACROSS 32
#define WARPS_ACROSS 1

// A stage is free again when no warpgroup multiplies it: one is multiplied, one may still be, the others are filled.
#define STAGES_AHEAD (TILE_STAGES - 2)
#define LEFT_BYTES (TILE_ROWS * TILE_DEPTH * 2)
#define STAGE_BYTES (LEFT_BYTES + TILE_COLUMNS * TILE_DEPTH * 2)

/// Sums of a thread: row lane / 4 (and 8 below), columns 8 n + 2 (lane % 4) and the next of its warp's 16 x 256.
struct Sums { float at[SUMS_DOWN][SUMS_ACROSS][4]; };

/// Bytes between steps of the depth of an operand across it.
#define WIDE_STEP_BYTES 128

/// Where 8 neighbours of an operand's row along the depth lie: 128 bytes a row, pieces permuted.
__device__ __forceinline__ int deep_place(int row, int piece) { return row * 128 + ((piece ^ row % 8) * 16); }

/// Where 8 neighbours of a step of the depth lie in an operand across it: 128 bytes a step for each 64 columns, pieces permuted.
__device__ __forceinline__ int wide_place(int k, int piece) { return piece / 8 * (TILE_DEPTH * 128) + k * 128 + ((piece % 8 ^ k % 8) * 16); }

/// Rows (or columns) from `first` on, of an operand across the depth a multiple of 64; depth 16 `quarter` to 16 `quarter` + 15.
template <bool Across>
__device__ __forceinline__ unsigned long long part(unsigned shared, int first, int quarter)
{
    return Across ? matrix_descriptor(shared + first / 64 * (TILE_DEPTH * 128) + quarter * 16 * 128, TILE_DEPTH * 128, 1024)
                  : matrix_descriptor(shared + first * 128 + quarter * 32, 16, 1024);
}

__device__ __forceinline__ int warp_row() { return threadIdx.x / 32 * 16; }

__device__ __forceinline__ int warp_across() { return 0; }

/// sums += a b over a depth. Shared memory is free again when it returns.
template <class A, class B>
__device__ __forceinline__ void multiply(Sums& sums, A& a, B& b, int depth, unsigned char* memory)
{
    unsigned shared = shared_address(memory);
    int steps = (depth + TILE_DEPTH - 1) / TILE_DEPTH, group = threadIdx.x / 128 * 64;
    // A loop that may not run at all makes the compiler wait after every product.
    if (steps == 0)
        return;
#pragma unroll
    for (int step = 0; step < STAGES_AHEAD; step++)
    {
        if (step < steps)
        {
            a.load(shared + step * STAGE_BYTES, step);
            b.load(shared + step * STAGE_BYTES + LEFT_BYTES, step);
        }
        commit_copies();
    }

    for (int step = 0; step < steps; step++)
    {
        wait_copies<STAGES_AHEAD - 1>();
        show_to_products();
        // What has landed is seen by all, and no warpgroup multiplies the stage that is filled next.
        __syncthreads();
        unsigned full = shared + step % TILE_STAGES * STAGE_BYTES;
        open_products();
#pragma unroll
        for (int quarter = 0; quarter < TILE_DEPTH / 16; quarter++)
            multiply_add_256<A::Across, B::Across>(sums.at[0], part<A::Across>(full, group, quarter), part<B::Across>(full + LEFT_BYTES, 0, quarter));
        commit_products();

        int ahead = step + STAGES_AHEAD;
        if (ahead < steps)
        {
            unsigned filled = shared + ahead % TILE_STAGES * STAGE_BYTES;
            a.load(filled, ahead);
            b.load(filled + LEFT_BYTES, ahead);
        }
        commit_copies();
        wait_products<1>();
    }
    wait_products<0>();
    settle(sums.at[0]);
    wait_copies<0>();
    __syncthreads();
}
