// T tokens, D model width, F expert width, G = 2F, E experts, K choices per token, N rows, R row tiles.
namespace MoELab.Tests.Kernels.Cuda;

/// <summary>One layer with random numbers, its rows sorted by expert, and the launches of its kernels.</summary>
internal sealed class EmulatedLayer
{
    private readonly EmulatedModule _dispatch = EmulatedModule.Load("dispatch");
    private readonly EmulatedModule _combine = EmulatedModule.Load("combine");
    private readonly EmulatedModule _forward;
    private readonly EmulatedModule _backward;
    private readonly int _threads;
    private readonly int _shared;

    /// <param name="T">Tokens.</param>
    /// <param name="D">Model width.</param>
    /// <param name="F">Expert width.</param>
    /// <param name="E">Experts.</param>
    /// <param name="K">Choices per token.</param>
    /// <param name="expert">The expert of a token's choice.</param>
    /// <param name="tile">Of the products: mma or wgmma.</param>
    /// <param name="activation">Text in place of SwiGLU.</param>
    public EmulatedLayer(int T, int D, int F, int E, int K, Func<Random, int, int> expert, string tile = "mma", string? activation = null)
    {
        var suffix = tile == "mma" ? "" : $"_{tile}";
        _forward = EmulatedModule.Load($"experts_forward{suffix}", activation);
        _backward = EmulatedModule.Load($"experts_backward{suffix}", activation);
        (_threads, _shared) = (_forward["TILE_THREADS"], _forward["TILE_SHARED"]);
        (this.T, this.D, this.F, this.E, this.K, N) = (T, D, F, E, K, T * K);
        var random = new Random(T + D + F + E + K);
        Expert = [.. Enumerable.Range(0, N).Select(i => expert(random, i))];
        var order = Enumerable.Range(0, N).OrderBy(i => Expert[i]).ToArray();
        Choice = Array.ConvertAll(order, i => (long)i);
        Token = Array.ConvertAll(order, i => (long)(i / K));
        Ends = [.. Enumerable.Range(0, E).Select(e => Expert.Count(x => x <= e))];
        X = Numbers.RandomBf16(random, T * D);
        W13 = Numbers.RandomBf16(random, E * 2 * F * D, 2 / MathF.Sqrt(D));
        W2 = Numbers.RandomBf16(random, E * D * F, 2 / MathF.Sqrt(F));
        Gates = Numbers.Random(random, N, 0.5f);
        Dy = Numbers.RandomBf16(random, T * D);
        Tiles = Numbers.Poisoned<int>(4L * ((N / _dispatch["TILE_ROWS"]) + Math.Min(E, N)));
        _dispatch.Launch("expert_tiles", (1, 1, 1), _dispatch["SCAN_THREADS"], (E + 1) * sizeof(int), Ends, E, Tiles.Length / 4, Tiles);
    }

    public int T { get; }

    public int D { get; }

    public int F { get; }

    public int E { get; }

    public int K { get; }

    public int N { get; }

    public int[] Expert { get; }

    public int[] Ends { get; }

    public int[] Tiles { get; }

    public long[] Token { get; }

    public long[] Choice { get; }

    public float[] Gates { get; }

    public ushort[] X { get; }

    public ushort[] W13 { get; }

    public ushort[] W2 { get; }

    public ushort[] Dy { get; }

    private int R => Tiles.Length / 4;

    /// <summary>h [N, F] and, if wanted, p [N, G].</summary>
    public (ushort[] H, ushort[]? P) Up(bool keep = true)
    {
        var (h, p) = (Numbers.Poisoned<ushort>(N * F), keep ? Numbers.Poisoned<ushort>(N * 2 * F) : null);
        _forward.Launch("experts_up", (Ceil(2 * F, _forward["TILE_COLUMNS"]), R, 1), _threads, _shared, X, W13, Token, Tiles, D, F, h, p);
        return (h, p);
    }

    /// <summary>y [N, D] in choice order.</summary>
    public ushort[] Down(ushort[] h)
    {
        var y = Numbers.Poisoned<ushort>(N * D);
        _forward.Launch("experts_down", (Ceil(D, _forward["TILE_COLUMNS"]), R, 1), _threads, _shared, h, W2, Gates, Choice, Tiles, D, F, y);
        return y;
    }

    /// <summary>[T, D]: the sum of each token's K rows.</summary>
    public ushort[] Combine(ushort[] rows)
    {
        var sum = Numbers.Poisoned<ushort>(T * D);
        _combine.Launch("combine", (Ceil(T * (D / 8), _combine["COMBINE_THREADS"]), 1, 1), _combine["COMBINE_THREADS"], 0, rows, null, null, T, K, D, sum);
        return sum;
    }

    /// <summary>dp [N, G], hg [N, F] if wanted, and the gates' gradient [N] in choice order.</summary>
    public (ushort[] Dp, ushort[]? Hg, float[] DGate) DownGradient(ushort[] p, bool keep = true)
    {
        var tiles = Ceil(F, _backward["TILE_COLUMNS"]);
        var (dp, hg, parts, dGate) = (Numbers.Poisoned<ushort>(N * 2 * F), keep ? Numbers.Poisoned<ushort>(N * F) : null, Numbers.Poisoned<float>(tiles * N), Numbers.Poisoned<float>(N));
        _backward.Launch("experts_down_dgrad", (tiles, R, 1), _threads, _shared, Dy, W2, p, Gates, Token, Choice, Tiles, N, D, F, dp, hg, parts);
        _combine.Launch("gate_gradient", (Ceil(N, _combine["COMBINE_THREADS"]), 1, 1), _combine["COMBINE_THREADS"], 0, parts, tiles, N, Choice, dGate);
        return (dp, hg, dGate);
    }

    /// <summary>dx [N, D] in choice order.</summary>
    public ushort[] UpGradient(ushort[] dp)
    {
        var dx = Numbers.Poisoned<ushort>(N * D);
        _backward.Launch("experts_up_dgrad", (Ceil(D, _backward["TILE_COLUMNS"]), R, 1), _threads, _shared, dp, W13, Choice, Tiles, D, F, dx);
        return dx;
    }

    /// <summary>[E, D, F].</summary>
    public ushort[] W2Gradient(ushort[] hg)
    {
        var (gradient, grid) = (Numbers.Poisoned<ushort>(E * D * F), (Ceil(F, _backward["TILE_COLUMNS"]), Ceil(D, _dispatch["TILE_ROWS"]), E));
        _backward.Launch("experts_w2_wgrad", grid, _threads, _shared, Dy, hg, Token, Ends, D, F, gradient);
        return gradient;
    }

    /// <summary>[E, G, D].</summary>
    public ushort[] W13Gradient(ushort[] dp)
    {
        var (gradient, grid) = (Numbers.Poisoned<ushort>(E * 2 * F * D), (Ceil(D, _backward["TILE_COLUMNS"]), Ceil(2 * F, _dispatch["TILE_ROWS"]), E));
        _backward.Launch("experts_w13_wgrad", grid, _threads, _shared, dp, X, Token, Ends, D, F, gradient);
        return gradient;
    }

    private static int Ceil(int a, int b) => (a + b - 1) / b;
}
