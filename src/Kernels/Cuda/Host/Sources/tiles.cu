// The tile of all products: TILE_ROWS x TILE_COLUMNS results of one block, TILE_DEPTH deep per step, TILE_STAGES steps under way.
// Four warps of 64 x 64 results each. Operands come through cp.async into swizzled shared memory, so that neither the copies nor
// ldmatrix meet bank conflicts, and go into mma.sync with float32 sums.
#define TILE_COLUMNS 128
#define TILE_DEPTH 32
#define TILE_STAGES 4
#define TILE_THREADS 128
#define TILE_SHARED 65536

#define OPERAND_BYTES (TILE_ROWS * TILE_DEPTH * 2)
#define STAGE_BYTES (2 * OPERAND_BYTES)

/// Sums of a thread: rows 16 m + lane / 4 (and 8 below), columns 8 n + 2 (lane % 4) and the next of its warp's 64 x 64.
struct Sums { float at[4][8][4]; };

/// One entry of the tile list.
struct RowTile { int expert, first, rows; };

__device__ __forceinline__ RowTile row_tile(const int* tile_R4)
{
    int4 entry = ((const int4*)tile_R4)[blockIdx.y];
    return RowTile{entry.x, entry.y, entry.z};
}

/// An operand stored along the depth: 128 rows of a matrix in any order. Shared: 64 bytes a row, 16-byte pieces permuted.
struct Deep
{
    const bf16* base;
    int depth, row[4];

    /// `index(r)` gives the matrix's row that is row r of the tile, or -1 for zeros.
    template <class Index>
    __device__ __forceinline__ Deep(const bf16* matrix, int rowDepth, Index index) : base(matrix), depth(rowDepth)
    {
#pragma unroll
        for (int j = 0; j < 4; j++)
            row[j] = index(threadIdx.x / 4 + 32 * j);
    }

    __device__ __forceinline__ void load(unsigned shared, int step)
    {
        int piece = threadIdx.x % 4, k = step * TILE_DEPTH + piece * 8;
        unsigned to = shared + threadIdx.x / 4 * 64 + ((piece ^ (threadIdx.x / 8 % 4)) * 16);
#pragma unroll
        for (int j = 0; j < 4; j++)
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
template <class Rows>
struct Wide
{
    Rows rows;
    const bf16* base;
    int stride, column, depth;
    bool inside;

    /// Columns `first` to `first + 127` of a matrix of `columns`; row k of the depth starts at `base + rows(k) * stride`.
    __device__ __forceinline__ Wide(const bf16* matrix, int rowStride, int first, int columns, int rowDepth, Rows rowIndex)
        : rows(rowIndex), base(matrix), stride(rowStride), column(first + threadIdx.x % 16 * 8), depth(rowDepth), inside(column < columns)
    {
        rows.prepare(0, depth);
    }

    __device__ __forceinline__ void load(unsigned shared, int step)
    {
        int piece = threadIdx.x % 16, first = threadIdx.x / 16;
        unsigned to = shared + first * 256 + ((piece ^ first) * 16);
#pragma unroll
        for (int j = 0; j < 4; j++)
        {
            int k = step * TILE_DEPTH + first + 8 * j;
            bool wanted = inside && k < depth;
            copy_16(to + j * 8 * 256, base + (wanted ? rows.at(j, k) * stride + column : 0), wanted);
        }
        rows.prepare(step + 1, depth);
    }

    static __device__ __forceinline__ void fragment(unsigned (&r)[4], unsigned shared, int first, int half)
    {
        int lane = threadIdx.x % 32, k = half * 16 + lane % 8 + lane / 16 * 8, piece = first / 8 + lane / 8 % 2;
        load_matrices_transposed(r, shared + k * 256 + ((piece ^ (lane % 8)) * 16));
    }
};

/// Depth k is row k.
struct Straight
{
    __device__ __forceinline__ void prepare(int, int) {}
    __device__ __forceinline__ long long at(int, int k) const { return k; }
};

/// Depth k is the row that a list names; the names of the next step are read one step ahead of their copies.
struct Listed
{
    const long long* list;
    int next[4];

    __device__ __forceinline__ void prepare(int step, int depth)
    {
#pragma unroll
        for (int j = 0; j < 4; j++)
        {
            int k = step * TILE_DEPTH + threadIdx.x / 16 + 8 * j;
            next[j] = k < depth ? (int)list[k] : 0;
        }
    }

    __device__ __forceinline__ long long at(int j, int) const { return next[j]; }
};

__device__ __forceinline__ int warp_row() { return threadIdx.x / 64 * 64; }

__device__ __forceinline__ int warp_column() { return threadIdx.x / 32 % 2 * 64; }

/// sums = a b over a depth. Shared memory is free again when it returns.
template <class A, class B>
__device__ __forceinline__ void multiply(Sums& sums, A& a, B& b, int depth, unsigned char* memory)
{
    unsigned shared = shared_address(memory);
    int steps = (depth + TILE_DEPTH - 1) / TILE_DEPTH;
#pragma unroll
    for (int m = 0; m < 4; m++)
#pragma unroll
        for (int n = 0; n < 8; n++)
#pragma unroll
            for (int i = 0; i < 4; i++)
                sums.at[m][n][i] = 0;

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
                B::fragment(right[n], full + OPERAND_BYTES, warp_column() + 16 * n, half);
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

/// Calls `use(m, n, i, row, column, at_row(row))` for each pair of sums (i and i + 1) of this thread, with their place in the tile.
template <class AtRow, class Use>
__device__ __forceinline__ void each_pair(AtRow at_row, Use use)
{
    int lane = threadIdx.x % 32;
#pragma unroll
    for (int m = 0; m < 4; m++)
#pragma unroll
        for (int i = 0; i < 4; i += 2)
        {
            int row = warp_row() + 16 * m + lane / 4 + 4 * i;
            auto value = at_row(row);
#pragma unroll
            for (int n = 0; n < 8; n++)
                use(m, n, i, row, warp_column() + 8 * n + lane % 4 * 2, value);
        }
}

__device__ __forceinline__ int nothing(int) { return 0; }

/// Where two neighbours of a bf16 tile of 128 columns wait in shared memory; `column` is even.
__device__ __forceinline__ bf16x2* waiting(unsigned char* memory, int row, int column)
{
    return (bf16x2*)(memory + row * 256 + ((column / 8 ^ row % 8) * 16) + column % 8 * 2);
}

/// Calls `use(row, column, eight)` for each 8 neighbours of a tile in shared memory, neighbours in a row to neighbouring threads.
template <class Use>
__device__ __forceinline__ void each_eight(unsigned char* memory, Use use)
{
    int piece = threadIdx.x % 16;
#pragma unroll 4
    for (int row = threadIdx.x / 16; row < TILE_ROWS; row += TILE_THREADS / 16)
        use(row, piece * 8, (uint4*)(memory + row * 256 + ((piece ^ row % 8) * 16)));
}

/// Writes the sums, each row times `weight(row)`, as bf16 through shared memory to `target(row)`, where columns `first` to `columns` - 1 exist.
template <class Weight, class Target>
__device__ __forceinline__ void store_rows(Sums& sums, unsigned char* memory, int rows, int first, int columns, Weight weight, Target target)
{
    each_pair([&](int row) { return row < rows ? weight(row) : 0; }, [&](int m, int n, int i, int row, int column, float factor)
    {
        *waiting(memory, row, column) = pack_bf16(factor * sums.at[m][n][i], factor * sums.at[m][n][i + 1]);
    });
    __syncthreads();
    each_eight(memory, [&](int row, int column, const uint4* eight)
    {
        if (row < rows && first + column < columns)
            *(uint4*)(target(row) + first + column) = *eight;
    });
}

__device__ __forceinline__ float unweighted(int) { return 1; }
