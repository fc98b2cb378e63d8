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

/// An operand stored along the depth: rows of a matrix in any order. Shared: 64 bytes a row, 16-byte pieces permuted.
template <int Rows>
struct Deep
{
    static constexpr int Copies = Rows * 4 / TILE_THREADS;
    const bf16* base;
    int depth, row[Copies];

    /// `index(r)` gives the matrix's row that is row r of the tile, or -1 for zeros.
    template <class Index>
    __device__ __forceinline__ Deep(const bf16* matrix, int rowDepth, Index index) : base(matrix), depth(rowDepth)
    {
#pragma unroll
        for (int j = 0; j < Copies; j++)
            row[j] = index(threadIdx.x / 4 + 32 * j);
    }

    __device__ __forceinline__ void load(unsigned shared, int step)
    {
        int piece = threadIdx.x % 4, k = step * TILE_DEPTH + piece * 8;
        unsigned to = shared + threadIdx.x / 4 * 64 + ((piece ^ (threadIdx.x / 8 % 4)) * 16);
#pragma unroll
        for (int j = 0; j < Copies; j++)
        {
            bool wanted = row[j] >= 0 && k < depth;
            // A copy of zeros still names an address that exists.
            copy_16(to + j * 32 * 64, base + (wanted ? (long long)row[j] * depth + k : 0), wanted);
        }
    }

    /// Rows `first` to `first + 15`, depth 16 `half` to 16 `half` + 15, as mma takes A; as B it holds {b0, b0', b1, b1'} of two tiles.
    static __device__ __forceinline__ void fragment(unsigned (&r)[4], unsigned shared, int first, int half)
    {
        int lane = threadIdx.x % 32, row = first + lane % 16, piece = half * 2 + lane / 16;
        load_matrices(r, shared + row * 64 + ((piece ^ (lane / 2 % 4)) * 16));
    }
};

/// An operand stored across the depth: each step of the depth holds 128 neighbours. Shared: 256 bytes a step, pieces permuted.
template <int Columns, class Rows>
struct Wide
{
    static constexpr int Copies = TILE_DEPTH * Columns / 8 / TILE_THREADS;
    Rows rows;
    const bf16* base;
    int stride, column, depth, next[Copies];
    bool inside;

    /// Columns `first` to `first + Columns - 1` of a matrix of `columns`; row k of the depth starts at `base + rows(k) * stride`.
    __device__ __forceinline__ Wide(const bf16* matrix, int rowStride, int first, int columns, int rowDepth, Rows rowIndex)
        : rows(rowIndex), base(matrix), stride(rowStride), column(first + threadIdx.x % 16 * 8), depth(rowDepth), inside(column < columns)
    {
        prepare(0);
    }

    __device__ __forceinline__ int at(int step, int j) const { return step * TILE_DEPTH + threadIdx.x / 16 + 8 * j; }

    __device__ __forceinline__ void prepare(int step)
    {
#pragma unroll
        for (int j = 0; j < (Rows::Ahead ? Copies : 0); j++)
            next[j] = rows.of(at(step, j), depth);
    }

    __device__ __forceinline__ void load(unsigned shared, int step)
    {
        int piece = threadIdx.x % 16, first = threadIdx.x / 16;
        unsigned to = shared + first * 256 + ((piece ^ first) * 16);
#pragma unroll
        for (int j = 0; j < Copies; j++)
        {
            int k = at(step, j);
            bool wanted = inside && k < depth;
            copy_16(to + j * 8 * 256, base + (wanted ? (long long)(Rows::Ahead ? next[j] : k) * stride + column : 0), wanted);
        }
        prepare(step + 1);
    }

    static __device__ __forceinline__ void fragment(unsigned (&r)[4], unsigned shared, int first, int half)
    {
        int lane = threadIdx.x % 32, k = half * 16 + lane % 8 + lane / 16 * 8, piece = first / 8 + lane / 8 % 2;
        load_matrices_transposed(r, shared + k * 256 + ((piece ^ (lane % 8)) * 16));
    }
};

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
                A::fragment(left[m], full, warp_row() + 16 * m, half);
#pragma unroll
            for (int n = 0; n < 4; n++)
                B::fragment(right[n], full + OPERAND_BYTES, 64 * warp_across() + 16 * n, half);
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
