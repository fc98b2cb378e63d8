namespace MoELab.Tests.Kernels.Cuda;

/// <summary>Layers of all kinds: loads, shapes that fit no tile, one token, many experts.</summary>
internal static class Loads
{
    /// <summary>T, D, F, E, K and how experts are chosen.</summary>
    public static TheoryData<int, int, int, int, int, string> All => new()
    {
        { 70, 64, 64, 4, 2, "random" },
        { 45, 72, 40, 3, 2, "random" },
        { 90, 200, 168, 5, 3, "random" },
        { 1, 64, 32, 256, 4, "random" },
        { 10, 40, 24, 256, 4, "random" },
        { 150, 32, 136, 6, 2, "one" },
        { 64, 48, 48, 8, 2, "ends" },
        { 128, 64, 64, 4, 4, "equal" },
        { 5, 8, 8, 2, 1, "random" },
    };

    public static EmulatedLayer Layer(int T, int D, int F, int E, int K, string load) => new(T, D, F, E, K, load switch
    {
        "one" => (_, _) => 3,
        "ends" => (random, _) => random.Next(2) * (E - 1),
        "equal" => (_, i) => i % E,
        _ => (random, _) => random.Next(E),
    });
}
