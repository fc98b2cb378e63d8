// From the sums of a tile to memory: in registers, waiting in shared memory as bf16, and out in whole rows.

__device__ __forceinline__ int warp_column() { return warp_across() * (TILE_COLUMNS / WARPS_ACROSS); }

/// Calls `use(m, n, i, row, column, at_row(row))` for each pair of sums (i and i + 1) of this thread, with their place in the tile.
template <class AtRow, class Use>
__device__ __forceinline__ void each_pair(AtRow at_row, Use use)
{
    int lane = threadIdx.x % 32;
#pragma unroll
    for (int m = 0; m < SUMS_DOWN; m++)
#pragma unroll
        for (int i = 0; i < 4; i += 2)
        {
            int row = warp_row() + 16 * m + lane / 4 + 4 * i;
            auto value = at_row(row);
#pragma unroll
            for (int n = 0; n < SUMS_ACROSS; n++)
                use(m, n, i, row, warp_column() + 8 * n + lane % 4 * 2, value);
        }
}

/// Where two neighbours of a bf16 tile wait in shared memory; `column` is even.
__device__ __forceinline__ bf16x2* waiting(unsigned char* memory, int row, int column)
{
    return (bf16x2*)(memory + row * TILE_COLUMNS * 2 + ((column / 8 ^ row % 8) * 16) + column % 8 * 2);
}

/// Calls `use(row, column, eight)` for each 8 neighbours of a tile in shared memory, neighbours in a row to neighbouring threads.
template <class Use>
__device__ __forceinline__ void each_eight(unsigned char* memory, Use use)
{
    int piece = threadIdx.x % (TILE_COLUMNS / 8);
#pragma unroll 4
    for (int row = threadIdx.x / (TILE_COLUMNS / 8); row < TILE_ROWS; row += TILE_THREADS / (TILE_COLUMNS / 8))
        use(row, piece * 8, (uint4*)(memory + row * TILE_COLUMNS * 2 + ((piece ^ row % 8) * 16)));
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
