// The experts forward, rows sorted by expert. T tokens, D model width, F expert width, G = 2F, E experts, N rows, R row tiles.
//   experts_up     grid (ceil(2F / TILE_COLUMNS), R), block TILE_THREADS, shared TILE_SHARED
//   experts_down   grid (ceil(D / TILE_COLUMNS), R), block TILE_THREADS, shared TILE_SHARED
#define UP_COLUMNS (TILE_COLUMNS / 2)

/// h = activation(gate, up) of x W13^T, x gathered by token as it is loaded. p, if wanted, keeps gate and up.
extern "C" __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS) experts_up(
    const bf16* x_TD, const bf16* w13_EGD, const long long* rowToken_N, const int* tile_R4, int D, int F, bf16* h_NF, bf16* p_NG)
{
    DYNAMIC_SHARED(shared);
    RowTile tile = row_tile(tile_R4);
    if (tile.rows == 0)
        return;
    int first = blockIdx.x * UP_COLUMNS;
    Deep<TILE_ROWS> x(x_TD, D, [&](int row) { return row < tile.rows ? (int)rowToken_N[tile.first + row] : -1; });
    // Eight columns of gate and the same eight of up take turns, so that both meet in one thread.
    Deep<TILE_COLUMNS> w(w13_EGD + (long long)tile.expert * 2 * F * D, D, [&](int row)
    {
        int f = first + row / 16 * 8 + row % 8;
        return f < F ? row / 8 % 2 * F + f : -1;
    });
    Sums sums = {};
    multiply(sums, x, w, D, shared);

    bf16* h = h_NF + (long long)tile.first * F;
    each_pair(nothing, [&](int m, int n, int i, int row, int column, int)
    {
        if (n % 2 == 0)
        {
            float (&gate)[4] = sums.at[m][n], (&up)[4] = sums.at[m][n + 1];
            *waiting(shared, row, column / 16 * 8 + column % 8) = pack_bf16(moelab_activation(gate[i], up[i]), moelab_activation(gate[i + 1], up[i + 1]));
        }
    });
    __syncthreads();
    each_eight(shared, [&](int row, int column, const uint4* eight)
    {
        if (row < tile.rows && column < UP_COLUMNS && first + column < F)
            *(uint4*)(h + (long long)row * F + first + column) = *eight;
    });
    if (!p_NG)
        return;

    bf16* p = p_NG + (long long)tile.first * 2 * F;
    __syncthreads();
    each_pair(nothing, [&](int m, int n, int i, int row, int column, int)
    {
        *waiting(shared, row, n % 2 * UP_COLUMNS + column / 16 * 8 + column % 8) = pack_bf16(sums.at[m][n][i], sums.at[m][n][i + 1]);
    });
    __syncthreads();
    each_eight(shared, [&](int row, int column, const uint4* eight)
    {
        int f = first + column % UP_COLUMNS;
        if (row < tile.rows && f < F)
            *(uint4*)(p + ((long long)row * 2 + column / UP_COLUMNS) * F + f) = *eight;
    });
}

/// y = gate h W2^T, each row at its choice's place.
extern "C" __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS) experts_down(
    const bf16* h_NF, const bf16* w2_EDF, const float* gate_N, const long long* rowChoice_N, const int* tile_R4, int D, int F, bf16* y_ND)
{
    DYNAMIC_SHARED(shared);
    RowTile tile = row_tile(tile_R4);
    if (tile.rows == 0)
        return;
    int first = blockIdx.x * TILE_COLUMNS;
    Deep<TILE_ROWS> h(h_NF + (long long)tile.first * F, F, [&](int row) { return row < tile.rows ? row : -1; });
    Deep<TILE_COLUMNS> w(w2_EDF + (long long)tile.expert * D * F, F, [&](int row) { return first + row < D ? first + row : -1; });
    Sums sums = {};
    multiply(sums, h, w, F, shared);

    const long long* choice = rowChoice_N + tile.first;
    store_rows(sums, shared, tile.rows, first, D, [&](int row) { return gate_N[choice[row]]; }, [&](int row) { return y_ND + choice[row] * D; });
}
