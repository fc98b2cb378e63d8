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

/// An operand stored along the depth: rows of a matrix in any order. Shared: 128 bytes a row, 16-byte pieces permuted.
template <int Rows>
struct Deep
{
    static constexpr bool Across = false;
    static constexpr int Copies = Rows * 8 / TILE_THREADS;
    const bf16* base;
    int depth, row[Copies];

    /// `index(r)` gives the matrix's row that is row r of the tile, or -1 for zeros.
    template <class Index>
    __device__ __forceinline__ Deep(const bf16* matrix, int rowDepth, Index index) : base(matrix), depth(rowDepth)
    {
#pragma unroll
        for (int j = 0; j < Copies; j++)
            row[j] = index(threadIdx.x / 8 + 32 * j);
    }

    __device__ __forceinline__ void load(unsigned shared, int step)
    {
        int piece = threadIdx.x % 8, k = step * TILE_DEPTH + piece * 8;
        unsigned to = shared + threadIdx.x / 8 * 128 + ((piece ^ (threadIdx.x / 8 % 8)) * 16);
#pragma unroll
        for (int j = 0; j < Copies; j++)
        {
            bool wanted = row[j] >= 0 && k < depth;
            // A copy of zeros still names an address that exists.
            copy_16(to + j * 32 * 128, base + (wanted ? (long long)row[j] * depth + k : 0), wanted);
        }
    }

    /// Rows from `first` on, depth 16 `quarter` to 16 `quarter` + 15.
    static __device__ __forceinline__ unsigned long long part(unsigned shared, int first, int quarter)
    {
        return matrix_descriptor(shared + first * 128 + quarter * 32, 16, 1024);
    }
};

/// An operand stored across the depth: each step of the depth holds neighbours. Shared: 128 bytes a step for each 64 columns, pieces permuted.
template <int Columns, class Rows>
struct Wide
{
    static constexpr bool Across = true;
    static constexpr int Pieces = Columns / 8, Apart = TILE_THREADS / Pieces, Copies = TILE_DEPTH / Apart;
    Rows rows;
    const bf16* base;
    int stride, column, depth, next[Copies];
    bool inside;

    /// Columns `first` to `first + Columns - 1` of a matrix of `columns`; row k of the depth starts at `base + rows(k) * stride`.
    __device__ __forceinline__ Wide(const bf16* matrix, int rowStride, int first, int columns, int rowDepth, Rows rowIndex)
        : rows(rowIndex), base(matrix), stride(rowStride), column(first + threadIdx.x % Pieces * 8), depth(rowDepth), inside(column < columns)
    {
        prepare(0);
    }

    __device__ __forceinline__ int at(int step, int j) const { return step * TILE_DEPTH + threadIdx.x / Pieces + Apart * j; }

    __device__ __forceinline__ void prepare(int step)
    {
#pragma unroll
        for (int j = 0; j < (Rows::Ahead ? Copies : 0); j++)
            next[j] = rows.of(at(step, j), depth);
    }

    __device__ __forceinline__ void load(unsigned shared, int step)
    {
        int piece = threadIdx.x % Pieces, first = threadIdx.x / Pieces;
        unsigned to = shared + piece / 8 * (TILE_DEPTH * 128) + first * 128 + ((piece % 8 ^ first % 8) * 16);
#pragma unroll
        for (int j = 0; j < Copies; j++)
        {
            int k = at(step, j);
            bool wanted = inside && k < depth;
            copy_16(to + j * Apart * 128, base + (wanted ? (long long)(Rows::Ahead ? next[j] : k) * stride + column : 0), wanted);
        }
        prepare(step + 1);
    }

    /// Columns from `first` on, a multiple of 64, depth 16 `quarter` to 16 `quarter` + 15.
    static __device__ __forceinline__ unsigned long long part(unsigned shared, int first, int quarter)
    {
        return matrix_descriptor(shared + first / 64 * (TILE_DEPTH * 128) + quarter * 16 * 128, TILE_DEPTH * 128, 1024);
    }
};

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
            multiply_add_256<A::Across, B::Across>(sums.at[0], A::part(full, group, quarter), B::part(full + LEFT_BYTES, 0, quarter));
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
    wait_copies<0>();
    __syncthreads();
}
