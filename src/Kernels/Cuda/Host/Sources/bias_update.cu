// Bias updates of all layers at once. L layers, E experts. Computed in float64, kept in float32; a layer without tokens is left as it is.
//   bias_update_smebu   Trinity Large, arXiv 2602.17004, equations 23 to 28      grid L, block BIAS_THREADS
//   bias_update_sign    Wang et al., arXiv 2408.15664                            grid L, block BIAS_THREADS
#define BIAS_THREADS 256

/// The sum over a block, the same in every thread and every run.
template <class Number>
__device__ __forceinline__ Number block_sum(Number value)
{
    __shared__ Number part[BIAS_THREADS];
    part[threadIdx.x] = value;
    __syncthreads();
    for (int half = BIAS_THREADS / 2; half > 0; half /= 2)
    {
        if (threadIdx.x < half)
            part[threadIdx.x] += part[threadIdx.x + half];
        __syncthreads();
    }
    Number sum = part[0];
    __syncthreads();
    return sum;
}

/// Tokens of a layer.
__device__ __forceinline__ long long layer_tokens(const long long* counts_E, int E)
{
    long long tokens = 0;
    for (int e = threadIdx.x; e < E; e += BIAS_THREADS)
        tokens += counts_E[e];
    return block_sum(tokens);
}

__device__ __forceinline__ double smebu_step(long long count, double mean, double lambda, double kappa)
{
    return lambda * tanh(kappa * ((mean - (double)count) / mean));
}

extern "C" __global__ void __launch_bounds__(BIAS_THREADS, 1) bias_update_smebu(
    const long long* counts_LE, int L, int E, double lambda, double kappa, double beta, float* momentum_LE, float* bias_LE)
{
    const long long* counts = counts_LE + (long long)blockIdx.x * E;
    float* momentum = momentum_LE + (long long)blockIdx.x * E;
    float* bias = bias_LE + (long long)blockIdx.x * E;
    long long tokens = layer_tokens(counts, E);
    if (tokens <= 0)
        return;
    double mean = (double)tokens / E, sum = 0;
    for (int e = threadIdx.x; e < E; e += BIAS_THREADS)
        sum += smebu_step(counts[e], mean, lambda, kappa);
    double centre = block_sum(sum) / E;
    for (int e = threadIdx.x; e < E; e += BIAS_THREADS)
    {
        double moved = beta * momentum[e] + (1 - beta) * (smebu_step(counts[e], mean, lambda, kappa) - centre);
        momentum[e] = (float)moved;
        bias[e] = (float)(bias[e] + moved);
    }
}

__device__ __forceinline__ double sign_step(long long count, double mean, double gamma)
{
    double violation = mean - (double)count;
    return violation > 0 ? gamma : violation < 0 ? -gamma : 0;
}

/// `variant`: 0 centres the bias after the step, 1 the step, 2 nothing.
extern "C" __global__ void __launch_bounds__(BIAS_THREADS, 1) bias_update_sign(
    const long long* counts_LE, int L, int E, double gamma, int variant, float* bias_LE)
{
    const long long* counts = counts_LE + (long long)blockIdx.x * E;
    float* bias = bias_LE + (long long)blockIdx.x * E;
    long long tokens = layer_tokens(counts, E);
    if (tokens <= 0)
        return;
    double mean = (double)tokens / E, sum = 0;
    for (int e = threadIdx.x; e < E; e += BIAS_THREADS)
        sum += sign_step(counts[e], mean, gamma) + (variant == 0 ? bias[e] : 0);
    double centre = variant == 2 ? 0 : block_sum(sum) / E;
    for (int e = threadIdx.x; e < E; e += BIAS_THREADS)
        bias[e] = (float)(bias[e] + sign_step(counts[e], mean, gamma) - centre);
}
