// Sums over rows in a fixed order. T tokens, K choices per token, D model width, N rows, C column tiles.
//   combine         grid ceil(T (D / 8) / COMBINE_THREADS), block COMBINE_THREADS
//   gate_gradient   grid ceil(N / COMBINE_THREADS), block COMBINE_THREADS
#define COMBINE_THREADS 256

/// out[t] = sum of the token's rows: K of them from t K on, or those that `order_N` lists from starts_T1[t] on.
extern "C" __global__ void __launch_bounds__(COMBINE_THREADS) combine(
    const bf16* rows_ND, const int* starts_T1, const int* order_N, int T, int K, int D, bf16* out_TD)
{
    long long index = (long long)blockIdx.x * COMBINE_THREADS + threadIdx.x;
    int pieces = D / 8;
    if (index >= (long long)T * pieces)
        return;
    int t = (int)(index / pieces), column = (int)(index % pieces) * 8;
    long long first = starts_T1 ? starts_T1[t] : (long long)t * K, end = starts_T1 ? starts_T1[t + 1] : first + K;
    float sum[8] = {};
    for (long long i = first; i < end; i++)
    {
        uint4 eight = *(const uint4*)(rows_ND + (starts_T1 ? order_N[i] : i) * D + column);
        bf16x2 pairs[4] = {eight.x, eight.y, eight.z, eight.w};
#pragma unroll
        for (int j = 0; j < 4; j++)
        {
            sum[2 * j] += low_bf16(pairs[j]);
            sum[2 * j + 1] += high_bf16(pairs[j]);
        }
    }
    *(uint4*)(out_TD + (long long)t * D + column) =
        uint4{pack_bf16(sum[0], sum[1]), pack_bf16(sum[2], sum[3]), pack_bf16(sum[4], sum[5]), pack_bf16(sum[6], sum[7])};
}

/// dGate[choice of row n] = sum over the column tiles of parts[c, n].
extern "C" __global__ void __launch_bounds__(COMBINE_THREADS) gate_gradient(
    const float* parts_CN, int C, int N, const long long* rowChoice_N, float* dGate_N)
{
    long long n = (long long)blockIdx.x * COMBINE_THREADS + threadIdx.x;
    if (n >= N)
        return;
    float sum = 0;
    for (int c = 0; c < C; c++)
        sum += parts_CN[(long long)c * N + n];
    dGate_N[rowChoice_N[n]] = sum;
}
