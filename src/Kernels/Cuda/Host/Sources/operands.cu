// What the products read, and how it comes to shared memory: 16 bytes at a time, where the tile wants them.

/// One entry of the tile list.
struct RowTile { int expert, first, rows; };

__device__ __forceinline__ RowTile row_tile(const int* tile_R4)
{
    int4 entry = ((const int4*)tile_R4)[blockIdx.y];
    return RowTile{entry.x, entry.y, entry.z};
}

/// Depth k is row k.
struct Straight
{
    static constexpr bool Ahead = false;
    __device__ __forceinline__ int of(int k, int) const { return k; }
};

/// Depth k is the row that a list names; the names of the next step are read one step ahead of their copies.
struct Listed
{
    static constexpr bool Ahead = true;
    const long long* list;
    __device__ __forceinline__ int of(int k, int depth) const { return k < depth ? (int)list[k] : 0; }
};

/// An operand stored along the depth: rows of a matrix in any order.
template <int Rows>
struct Deep
{
    static constexpr bool Across = false;
    static constexpr int Pieces = TILE_DEPTH / 8, Apart = TILE_THREADS / Pieces, Copies = Rows / Apart;
    static_assert(Apart % 8 == 0, "a thread's rows lie alike");
    const bf16* base;
    int depth, row[Copies];

    /// `index(r)` gives the matrix's row that is row r of the tile, or -1 for zeros.
    template <class Index>
    __device__ __forceinline__ Deep(const bf16* matrix, int rowDepth, Index index) : base(matrix), depth(rowDepth)
    {
#pragma unroll
        for (int j = 0; j < Copies; j++)
            row[j] = index(threadIdx.x / Pieces + Apart * j);
    }

    __device__ __forceinline__ void load(unsigned shared, int step)
    {
        int piece = threadIdx.x % Pieces, k = step * TILE_DEPTH + piece * 8;
        unsigned to = shared + deep_place(threadIdx.x / Pieces, piece);
#pragma unroll
        for (int j = 0; j < Copies; j++)
        {
            bool wanted = row[j] >= 0 && k < depth;
            // A copy of zeros still names an address that exists.
            copy_16(to + j * Apart * TILE_DEPTH * 2, base + (wanted ? (long long)row[j] * depth + k : 0), wanted);
        }
    }
};

/// An operand stored across the depth: each step of the depth holds neighbours.
template <int Columns, class Rows>
struct Wide
{
    static constexpr bool Across = true;
    static constexpr int Pieces = Columns / 8, Apart = TILE_THREADS / Pieces, Copies = TILE_DEPTH / Apart;
    static_assert(Apart % 8 == 0, "a thread's steps lie alike");
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
        unsigned to = shared + wide_place(threadIdx.x / Pieces, threadIdx.x % Pieces);
#pragma unroll
        for (int j = 0; j < Copies; j++)
        {
            int k = at(step, j);
            bool wanted = inside && k < depth;
            copy_16(to + j * Apart * WIDE_STEP_BYTES, base + (wanted ? (long long)(Rows::Ahead ? next[j] : k) * stride + column : 0), wanted);
        }
        prepare(step + 1);
    }
};

__device__ __forceinline__ int nothing(int) { return 0; }

__device__ __forceinline__ float unweighted(int) { return 1; }
