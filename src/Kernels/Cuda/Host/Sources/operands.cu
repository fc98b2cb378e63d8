// Which rows a product reads: the tile list, and the lists that gather.

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

__device__ __forceinline__ int nothing(int) { return 0; }

__device__ __forceinline__ float unweighted(int) { return 1; }
