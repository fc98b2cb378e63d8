namespace MoELab.Tests.Kernels.Cuda;

/// <summary>Layers of all kinds: loads, shapes that fit no tile, one token, many experts.</summary>
internal static class Loads
{
    /// <summary>T, D, F, E, K, how experts are chosen and the tile of the products.</summary>
    public static TheoryData<int, int, int, int, int, string, string> All =>
        [.. from shape in Shapes from tile in (string[])["mma", "wgmma"] select (shape.T, shape.D, shape.F, shape.E, shape.K, shape.Load, tile)];

    private static readonly (int T, int D, int F, int E, int K, string Load)[] Shapes =
    [
        (70, 64, 64, 4, 2, "random"),
        (45, 72, 40, 3, 2, "random"),
        (90, 200, 168, 5, 3, "random"),
        (1, 64, 32, 256, 4, "random"),
        (10, 40, 24, 256, 4, "random"),
        (150, 32, 136, 6, 2, "one"),
        (64, 48, 48, 8, 2, "ends"),
        (128, 64, 64, 4, 4, "equal"),
        (5, 8, 8, 2, 1, "random"),
        (12, 456, 400, 2, 2, "random"),
        (440, 24, 16, 4, 1, "one"),
    ];

    public static EmulatedLayer Layer(int T, int D, int F, int E, int K, string load, string tile) => new(T, D, F, E, K, load switch
    {
        "one" => (_, _) => 3,
        "ends" => (random, _) => random.Next(2) * (E - 1),
        "equal" => (_, i) => i % E,
        _ => (random, _) => random.Next(E),
    }, tile);
}
