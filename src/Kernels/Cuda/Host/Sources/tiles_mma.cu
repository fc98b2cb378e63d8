// The tile of all products: TILE_ROWS x TILE_COLUMNS results of one block, TILE_DEPTH deep per step, TILE_STAGES steps under way.
// Four warps of 64 x 64 results each. Operands come through cp.async into swizzled shared memory, so that neither the copies nor
// ldmatrix meet bank conflicts, and go into mma.sync with float32 sums.
#define TILE_COLUMNS 128
#define TILE_DEPTH 32
#define TILE_STAGES 4
#define TILE_THREADS 128
#define TILE_SHARED 65536
#define TILE_BLOCKS 2

#define SUMS_DOWN 4
#define SUMS_ACROSS 8
#define WARPS_ACROSS 2

#define OPERAND_BYTES (TILE_ROWS * TILE_DEPTH * 2)
#define STAGE_BYTES (2 * OPERAND_BYTES)

/// Sums of a thread: rows 16 m + lane / 4 (and 8 below), columns 8 n + 2 (lane % 4) and the next of its warp's 64 x 64.
struct Sums { float at[SUMS_DOWN][SUMS_ACROSS][4]; };

/// Bytes between steps of the depth of an operand across it.
#define WIDE_STEP_BYTES 256

/// Where 8 neighbours of an operand's row along the depth lie: 64 bytes a row, pieces permuted.
__device__ __forceinline__ int deep_place(int row, int piece) { return row * 64 + ((piece ^ (row / 2 % 4)) * 16); }

/// Where 8 neighbours of a step of the depth lie in an operand across it: 256 bytes a step, pieces permuted.
__device__ __forceinline__ int wide_place(int k, int piece) { return k * 256 + ((piece ^ k % 8) * 16); }

/// 16 rows (or columns) from `first` on, depth 16 `half` to 16 `half` + 15, as mma takes A; as B it holds {b0, b0', b1, b1'} of two tiles.
template <bool Across>
__device__ __forceinline__ void fragment(unsigned (&r)[4], unsigned shared, int first, int half)
{
    int lane = threadIdx.x % 32;
    if constexpr (Across)
        load_matrices_transposed(r, shared + wide_place(half * 16 + lane % 8 + lane / 16 * 8, first / 8 + lane / 8 % 2));
    else
        load_matrices(r, shared + deep_place(first + lane % 16, half * 2 + lane / 16));
}

__device__ __forceinline__ int warp_row() { return threadIdx.x / 64 * 64; }

__device__ __forceinline__ int warp_across() { return threadIdx.x / 32 % 2; }

/// sums += a b over a depth. Shared memory is free again when it returns.
template <class A, class B>
__device__ __forceinline__ void multiply(Sums& sums, A& a, B& b, int depth, unsigned char* memory)
{
    unsigned shared = shared_address(memory);
    int steps = (depth + TILE_DEPTH - 1) / TILE_DEPTH;
#pragma unroll
    for (int step = 0; step < TILE_STAGES - 1; step++)
    {
        if (step < steps)
        {
            a.load(shared + step * STAGE_BYTES, step);
            b.load(shared + step * STAGE_BYTES + OPERAND_BYTES, step);
        }
        commit_copies();
    }

    int stage = 0;
    for (int step = 0; step < steps; step++)
    {
        wait_copies<TILE_STAGES - 2>();
        // What has landed is seen by all, and all are done with the stage that is filled next.
        __syncthreads();
        int ahead = step + TILE_STAGES - 1;
        if (ahead < steps)
        {
            unsigned filled = shared + (stage == 0 ? TILE_STAGES - 1 : stage - 1) * STAGE_BYTES;
            a.load(filled, ahead);
            b.load(filled + OPERAND_BYTES, ahead);
        }
        commit_copies();
        unsigned full = shared + stage * STAGE_BYTES;
#pragma unroll
        for (int half = 0; half < TILE_DEPTH / 16; half++)
        {
            unsigned left[4][4], right[4][4];
#pragma unroll
            for (int m = 0; m < 4; m++)
                fragment<A::Across>(left[m], full, warp_row() + 16 * m, half);
#pragma unroll
            for (int n = 0; n < 4; n++)
                fragment<B::Across>(right[n], full + OPERAND_BYTES, 64 * warp_across() + 16 * n, half);
#pragma unroll
            for (int m = 0; m < 4; m++)
#pragma unroll
                for (int n = 0; n < 8; n++)
                    multiply_add(sums.at[m][n], left[m], right[n / 2][n % 2], right[n / 2][2 + n % 2]);
        }
        stage = stage == TILE_STAGES - 1 ? 0 : stage + 1;
    }
    wait_copies<0>();
    __syncthreads();
}
