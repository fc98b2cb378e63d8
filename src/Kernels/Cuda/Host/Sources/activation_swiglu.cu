// SwiGLU: silu(gate) * up. Another activation defines the same two functions.

__device__ __forceinline__ float moelab_activation(float gate, float up)
{
    return gate / (1.0f + __expf(-gate)) * up;
}

__device__ __forceinline__ void moelab_activation_grad(float gate, float up, float* dgate, float* dup)
{
    float sigmoid = 1.0f / (1.0f + __expf(-gate));
    float silu = gate * sigmoid;
    *dgate = up * (sigmoid + silu * (1.0f - sigmoid));
    *dup = silu;
}
