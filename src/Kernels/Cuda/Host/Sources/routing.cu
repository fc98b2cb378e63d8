// Score + bias + top-k + gates + histogram in one pass, and its gradient. T tokens, E experts, K choices per token. One warp per token.
//   route_topk   grid min(ceil(T / ROUTE_WARPS), ROUTE_BLOCKS), block ROUTE_THREADS, shared (2 ROUTE_WARPS + 1) E 4 bytes
//   route_grad   the same grid and block, shared ROUTE_WARPS E 4 bytes
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

/// Keeps the least key of a logit that is not finite: micro-batch, then place in [T, E], then 0 for NaN, 1 and 2 for the infinities.
__device__ __forceinline__ void look_at_logit(float logit, long long place, int micro_batch, long long* first)
{
    unsigned bits = __float_as_uint(logit);
    if ((bits & 0x7f800000u) != 0x7f800000u)
        return;
    long long key = (long long)micro_batch << 48 | place << 2 | (bits & 0x007fffffu ? 0 : bits >> 31 ? 2 : 1);
    // Where every logit is broken, most warps come too late for the atomic.
    if (key < *(volatile long long*)first)
        atomicMin(first, key);
}

/// Whether a choice names one of the experts; only a replayed one may not.
__device__ __forceinline__ bool is_expert(long long expert, int E) { return (unsigned long long)expert < (unsigned long long)E; }

extern "C" __global__ void __launch_bounds__(ROUTE_THREADS) route_topk(
    const float* logits_TE, const float* bias_E, int T, int E, int K, int score_kind, int normalize, float route_scale, int replayed, int micro_batch,
    long long* expert_TK, long long* token_TK, float* gate_TK, long long* counts_E, float* scores_TE, long long* first)
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
        const float* logit_E = logits_TE + (long long)t * E;
        score_token(logit_E, E, lane, score_kind, score_E);
        for (int e = lane; e < E; e += 32)
        {
            biased_E[e] = bias_E ? score_E[e] + bias_E[e] : score_E[e];
            if (scores_TE)
                scores_TE[(long long)t * E + e] = score_E[e];
            if (first)
                look_at_logit(logit_E[e], (long long)t * E + e, micro_batch, first);
        }
        __syncwarp();

        long long* chosen_K = expert_TK + (long long)t * K;
        float* gate_K = gate_TK + (long long)t * K;
        unsigned long long mine = replayed ? 0 : lane_best(biased_E, E, lane, ~0ull);
        float sum = 0;
        for (int k = 0; k < K; k++)
        {
            unsigned long long best = replayed ? 0 : warp_best(mine);
            long long expert = replayed ? chosen_K[k] : (long long)(0xffffffffu - (unsigned)best);
            float score = is_expert(expert, E) ? score_E[expert] : 0.0f;
            sum += score;
            if (lane == k % 32)
            {
                gate_K[k] = score;
                if (!replayed)
                {
                    chosen_K[k] = expert;
                    if (token_TK)
                        token_TK[(long long)t * K + k] = t;
                    atomicAdd(histogram_E + expert, 1);
                }
            }
            // Only the lane that lost its best has to look again, below what was taken.
            if (!replayed && mine == best)
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
            atomicAdd((unsigned long long*)counts_E + e, (unsigned long long)histogram_E[e]);
}

/// Each lane keeps the experts e with e % 32 == lane to itself, so that sums have one order and no lane waits for another.
extern "C" __global__ void __launch_bounds__(ROUTE_THREADS) route_grad(
    const float* scores_TE, const long long* expert_TK, const float* dScores_TE, const float* dGate_TK, int T, int E, int K, int score_kind, int normalize, float route_scale,
    float* dLogits_TE)
{
    DYNAMIC_SHARED(shared);
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    float* dScore_E = (float*)shared + warp * (long long)E;
    for (int t = blockIdx.x * ROUTE_WARPS + warp; t < T; t += gridDim.x * ROUTE_WARPS)
    {
        const float* score_E = scores_TE + (long long)t * E;
        for (int e = lane; e < E; e += 32)
            dScore_E[e] = dScores_TE ? dScores_TE[(long long)t * E + e] : 0.0f;
        if (dGate_TK)
        {
            const long long* chosen_K = expert_TK + (long long)t * K;
            const float* dGate_K = dGate_TK + (long long)t * K;
            float sum = 0, weighted = 0;
            for (int k = 0; k < K; k++)
            {
                float score = is_expert(chosen_K[k], E) ? score_E[chosen_K[k]] : 0.0f;
                sum += score;
                weighted += dGate_K[k] * score;
            }
            // g_k = r s_k / S with S the sum over the chosen: ds_k = r (dg_k - sum_j dg_j s_j / S) / S. Without normalising S is 1 and constant.
            float total = normalize ? sum + 1e-20f : 1.0f, mean = normalize ? weighted / total : 0.0f;
            for (int k = 0; k < K; k++)
                if (is_expert(chosen_K[k], E) && (int)chosen_K[k] % 32 == lane)
                    dScore_E[chosen_K[k]] += route_scale * (dGate_K[k] - mean) / total;
        }
        float sum = 0;
        if (score_kind == SCORE_SOFTMAX)
        {
            for (int e = lane; e < E; e += 32)
                sum += dScore_E[e] * score_E[e];
            sum = lane_sum<32>(sum);
        }
        for (int e = lane; e < E; e += 32)
            dLogits_TE[(long long)t * E + e] = score_E[e] * (score_kind == SCORE_SOFTMAX ? dScore_E[e] - sum : dScore_E[e] * (1.0f - score_E[e]));
    }
}
