// The experts backward, rows sorted by expert. T tokens, D model width, F expert width, G = 2F, E experts, N rows, R row tiles.
//   experts_down_dgrad   grid (ceil(F / TILE_COLUMNS), R), block TILE_THREADS, shared TILE_SHARED
//   experts_up_dgrad     grid (ceil(D / TILE_COLUMNS), R), block TILE_THREADS, shared TILE_SHARED
//   experts_w2_wgrad     grid (ceil(F / TILE_COLUMNS), ceil(D / TILE_ROWS), E), block TILE_THREADS, shared TILE_SHARED
//   experts_w13_wgrad    grid (ceil(D / TILE_COLUMNS), ceil(2F / TILE_ROWS), E), block TILE_THREADS, shared TILE_SHARED

/// Copies the gate and the up half of a tile of p to the two halves of shared memory.
__device__ __forceinline__ void load_halves(unsigned char* shared, const bf16* p, int rows, int first, int F)
{
#pragma unroll
    for (int half = 0; half < 2; half++)
        each_eight(shared + half * TILE_SHARED / 2, [&](int row, int column, uint4* eight)
        {
            bool wanted = row < rows && first + column < F;
            copy_16(shared_address(eight), p + (wanted ? ((long long)row * 2 + half) * F + first + column : 0), wanted);
        });
    commit_copies();
    wait_copies<0>();
    __syncthreads();
}

/// dh = dy W2 with dy gathered by token, and from it and p: dp (gate x dh through the activation), hg = gate x h, and the
/// share of these columns in each row's gate gradient, the sum of dh x h.
extern "C" __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS) experts_down_dgrad(
    const bf16* dy_TD, const bf16* w2_EDF, const bf16* p_NG, const float* gate_N, const long long* rowToken_N, const long long* rowChoice_N,
    const int* tile_R4, int N, int D, int F, bf16* dp_NG, bf16* hg_NF, float* parts_CN)
{
    DYNAMIC_SHARED(shared);
    __shared__ float part[WARPS_ACROSS][TILE_ROWS];
    RowTile tile = row_tile(tile_R4);
    if (tile.rows == 0)
        return;
    int first = blockIdx.x * TILE_COLUMNS;
    Deep<TILE_ROWS> dy(dy_TD, D, [&](int row) { return row < tile.rows ? (int)rowToken_N[tile.first + row] : -1; });
    Wide<TILE_COLUMNS, Straight> w(w2_EDF + (long long)tile.expert * D * F, F, first, F, D, Straight());
    Sums sums = {};
    multiply(sums, dy, w, D, shared);
    load_halves(shared, p_NG + (long long)tile.first * 2 * F, tile.rows, first, F);

    unsigned char* up_half = shared + TILE_SHARED / 2;
    const long long* choice = rowChoice_N + tile.first;
#pragma unroll
    for (int m = 0; m < SUMS_DOWN; m++)
#pragma unroll
        for (int i = 0; i < 4; i += 2)
        {
            int row = warp_row() + 16 * m + threadIdx.x % 32 / 4 + 4 * i;
            float weight = row < tile.rows ? gate_N[choice[row]] : 0, share = 0;
#pragma unroll
            for (int n = 0; n < SUMS_ACROSS; n++)
            {
                int column = warp_column() + 8 * n + threadIdx.x % 4 * 2;
                bf16x2 *gates = waiting(shared, row, column), *ups = waiting(up_half, row, column);
                float gate[2] = {low_bf16(*gates), high_bf16(*gates)}, up[2] = {low_bf16(*ups), high_bf16(*ups)};
                float dgate[2], dup[2];
#pragma unroll
                for (int j = 0; j < 2; j++)
                {
                    float &dh = sums.at[m][n][i + j], h = moelab_activation(gate[j], up[j]);
                    moelab_activation_grad(gate[j], up[j], dgate + j, dup + j);
                    // Beyond the last column an activation of zeros may be anything.
                    share += first + column < F ? dh * h : 0;
                    dgate[j] *= weight * dh;
                    dup[j] *= weight * dh;
                    dh = weight * h;
                }
                *gates = pack_bf16(dgate[0], dgate[1]);
                *ups = pack_bf16(dup[0], dup[1]);
            }
            share = lane_sum<4>(share);
            if (threadIdx.x % 4 == 0)
                part[warp_across()][row] = share;
        }
    __syncthreads();

    bf16* dp = dp_NG + (long long)tile.first * 2 * F;
#pragma unroll
    for (int half = 0; half < 2; half++)
        each_eight(shared + half * TILE_SHARED / 2, [&](int row, int column, const uint4* eight)
        {
            if (row < tile.rows && first + column < F)
                *(uint4*)(dp + ((long long)row * 2 + half) * F + first + column) = *eight;
        });
    if (parts_CN && threadIdx.x < tile.rows)
        parts_CN[(long long)blockIdx.x * N + tile.first + threadIdx.x] = part[0][threadIdx.x] + (WARPS_ACROSS == 2 ? part[WARPS_ACROSS - 1][threadIdx.x] : 0);
    if (!hg_NF)
        return;
    __syncthreads();
    store_rows(sums, shared, tile.rows, first, F, unweighted, [&](int row) { return hg_NF + (long long)(tile.first + row) * F; });
}

/// dx = dp W13, each row at its choice's place.
extern "C" __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS) experts_up_dgrad(
    const bf16* dp_NG, const bf16* w13_EGD, const long long* rowChoice_N, const int* tile_R4, int D, int F, bf16* dx_ND)
{
    DYNAMIC_SHARED(shared);
    RowTile tile = row_tile(tile_R4);
    if (tile.rows == 0)
        return;
    int first = blockIdx.x * TILE_COLUMNS;
    Deep<TILE_ROWS> dp(dp_NG + (long long)tile.first * 2 * F, 2 * F, [&](int row) { return row < tile.rows ? row : -1; });
    Wide<TILE_COLUMNS, Straight> w(w13_EGD + (long long)tile.expert * 2 * F * D, D, first, D, 2 * F, Straight());
    Sums sums = {};
    multiply(sums, dp, w, 2 * F, shared);
    store_rows(sums, shared, tile.rows, first, D, unweighted, [&](int row) { return dx_ND + rowChoice_N[tile.first + row] * D; });
}

/// dW2 = dy^T hg over an expert's rows, dy gathered by token; zeros for an expert without rows.
extern "C" __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS) experts_w2_wgrad(
    const bf16* dy_TD, const bf16* hg_NF, const long long* rowToken_N, const int* ends_E, int D, int F, bf16* dW2_EDF)
{
    DYNAMIC_SHARED(shared);
    int e = blockIdx.z, start = e > 0 ? ends_E[e - 1] : 0, rows = ends_E[e] - start;
    int top = blockIdx.y * TILE_ROWS, first = blockIdx.x * TILE_COLUMNS;
    Wide<TILE_ROWS, Listed> dy(dy_TD, D, top, D, rows, Listed{rowToken_N + start});
    Wide<TILE_COLUMNS, Straight> hg(hg_NF + (long long)start * F, F, first, F, rows, Straight());
    Sums sums = {};
    multiply(sums, dy, hg, rows, shared);
    bf16* target = dW2_EDF + ((long long)e * D + top) * F;
    store_rows(sums, shared, D - top, first, F, unweighted, [&](int row) { return target + (long long)row * F; });
}

/// dW13 = dp^T x over an expert's rows, x gathered by token; zeros for an expert without rows.
extern "C" __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS) experts_w13_wgrad(
    const bf16* dp_NG, const bf16* x_TD, const long long* rowToken_N, const int* ends_E, int D, int F, bf16* dW13_EGD)
{
    DYNAMIC_SHARED(shared);
    int e = blockIdx.z, start = e > 0 ? ends_E[e - 1] : 0, rows = ends_E[e] - start, G = 2 * F;
    int top = blockIdx.y * TILE_ROWS, first = blockIdx.x * TILE_COLUMNS;
    Wide<TILE_ROWS, Straight> dp(dp_NG + (long long)start * G, G, top, G, rows, Straight());
    Wide<TILE_COLUMNS, Listed> x(x_TD, D, first, D, rows, Listed{rowToken_N + start});
    Sums sums = {};
    multiply(sums, dp, x, rows, shared);
    bf16* target = dW13_EGD + ((long long)e * G + top) * D;
    store_rows(sums, shared, G - top, first, D, unweighted, [&](int row) { return target + (long long)row * D; });
}
