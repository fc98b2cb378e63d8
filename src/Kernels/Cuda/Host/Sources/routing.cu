// Score + bias + top-k + gates + histogram in one pass. T tokens, E experts, K choices per token. One warp per token.
//   route_topk   grid min(ceil(T / ROUTE_WARPS), ROUTE_BLOCKS), block ROUTE_THREADS, shared (2 ROUTE_WARPS + 1) E 4 bytes
#define ROUTE_WARPS 4
#define ROUTE_THREADS 128
#define ROUTE_BLOCKS 1024

#define SCORE_SIGMOID 0
#define SCORE_SOFTMAX 1

/// A number whose order is that of the scores and, of equal scores, the lower expert first; never 0.
__device__ __forceinline__ unsigned long long choice_key(float score, int expert)
{
    unsigned bits = __float_as_uint(score + 0.0f);
    bits = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    return (unsigned long long)bits << 32 | (0xffffffffu - (unsigned)expert);
}

/// This lane's best expert among lane, lane + 32, ...; a chosen expert no longer counts.
__device__ __forceinline__ unsigned long long lane_best(const float* biased_E, int E, int lane, unsigned long long below)
{
    unsigned long long best = 0;
    for (int e = lane; e < E; e += 32)
    {
        unsigned long long key = choice_key(biased_E[e], e);
        if (key < below && key > best)
            best = key;
    }
    return best;
}

__device__ __forceinline__ unsigned long long warp_best(unsigned long long key)
{
#pragma unroll
    for (int bit = 16; bit > 0; bit /= 2)
    {
        unsigned long long other = __shfl_xor_sync(FULL_WARP, key, bit);
        key = other > key ? other : key;
    }
    return key;
}

/// Writes the scores of a token to shared memory.
__device__ __forceinline__ void score_token(const float* logits_E, int E, int lane, int kind, float* score_E)
{
    if (kind == SCORE_SIGMOID)
    {
        for (int e = lane; e < E; e += 32)
            score_E[e] = 1.0f / (1.0f + expf(-logits_E[e]));
        return;
    }
    float highest = __uint_as_float(0xff800000u), sum = 0;
    for (int e = lane; e < E; e += 32)
        highest = fmaxf(highest, logits_E[e]);
#pragma unroll
    for (int bit = 16; bit > 0; bit /= 2)
        highest = fmaxf(highest, __shfl_xor_sync(FULL_WARP, highest, bit));
    for (int e = lane; e < E; e += 32)
    {
        score_E[e] = expf(logits_E[e] - highest);
        sum += score_E[e];
    }
    sum = lane_sum<32>(sum);
    for (int e = lane; e < E; e += 32)
        score_E[e] = score_E[e] / sum;
}

extern "C" __global__ void __launch_bounds__(ROUTE_THREADS) route_topk(
    const float* logits_TE, const float* bias_E, int T, int E, int K, int score_kind, int normalize, float route_scale,
    int* expert_TK, float* gate_TK, int* counts_E, float* scores_TE)
{
    DYNAMIC_SHARED(shared);
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    int* histogram_E = (int*)shared;
    float* score_E = (float*)shared + (1 + 2 * warp) * (long long)E;
    float* biased_E = score_E + E;
    for (int e = threadIdx.x; e < E; e += ROUTE_THREADS)
        histogram_E[e] = 0;
    __syncthreads();

    for (int t = blockIdx.x * ROUTE_WARPS + warp; t < T; t += gridDim.x * ROUTE_WARPS)
    {
        score_token(logits_TE + (long long)t * E, E, lane, score_kind, score_E);
        for (int e = lane; e < E; e += 32)
        {
            biased_E[e] = bias_E ? score_E[e] + bias_E[e] : score_E[e];
            if (scores_TE)
                scores_TE[(long long)t * E + e] = score_E[e];
        }
        __syncwarp();

        int* chosen_K = expert_TK + (long long)t * K;
        float* gate_K = gate_TK + (long long)t * K;
        unsigned long long mine = lane_best(biased_E, E, lane, ~0ull);
        float sum = 0;
        for (int k = 0; k < K; k++)
        {
            unsigned long long best = warp_best(mine);
            int expert = (int)(0xffffffffu - (unsigned)best);
            sum += score_E[expert];
            if (lane == k % 32)
            {
                chosen_K[k] = expert;
                gate_K[k] = score_E[expert];
                atomicAdd(histogram_E + expert, 1);
            }
            // Only the lane that lost its best has to look again, below what was taken.
            if (mine == best)
                mine = lane_best(biased_E, E, lane, best);
        }
        float factor = normalize ? route_scale / (sum + 1e-20f) : route_scale;
        // Each lane weighs what it has written itself.
        for (int k = lane; k < K; k += 32)
            gate_K[k] *= factor;
        __syncwarp();
    }

    __syncthreads();
    for (int e = threadIdx.x; e < E; e += ROUTE_THREADS)
        if (histogram_E[e] > 0)
            atomicAdd(counts_E + e, histogram_E[e]);
}
