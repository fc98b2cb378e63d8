namespace MoELab.Board;

/// <summary>What a board serves and where.</summary>
/// <param name="Runs">The folder of runs.</param>
/// <param name="Port">The port; 0 for any free one; null for the usual one, or any other where that is taken.</param>
internal sealed record BoardOptions(string Runs, int? Port = null)
{
    /// <summary>The port where none is named.</summary>
    public const int UsualPort = 8470;

    /// <summary>How long a query may take before it is stopped.</summary>
    public TimeSpan QueryTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The word that the address carries; everybody who has it can do what the board can.</summary>
    public string Token { get; init; } = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(24));
}
