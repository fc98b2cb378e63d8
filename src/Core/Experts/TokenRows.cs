using System.Runtime.Intrinsics;

namespace MoELab.Experts;

/// <summary>For each token its rows in row order: sums without races and always in the same order.</summary>
internal sealed unsafe class TokenRows
{
    private const int PieceTokens = 64;

    private readonly int[] _starts_T;
    private readonly int[] _rows_N;
    private readonly int _tokens;

    internal TokenRows(int[] rowToken_N, int tokens)
    {
        _tokens = tokens;
        _starts_T = new int[tokens + 1];
        foreach (var token in rowToken_N)
            _starts_T[token + 1]++;
        for (var t = 0; t < tokens; t++)
            _starts_T[t + 1] += _starts_T[t];
        _rows_N = new int[rowToken_N.Length];
        var next = _starts_T.AsSpan(0, tokens).ToArray();
        for (var row = 0; row < rowToken_N.Length; row++)
            _rows_N[next[rowToken_N[row]]++] = row;
    }

    /// <summary>Independent parts of the sum.</summary>
    internal int Pieces => (_tokens + PieceTokens - 1) / PieceTokens;

    /// <summary>Sets a piece's tokens to the sums of their rows; a token without rows to zero.</summary>
    internal void Sum(int piece, float* rows, float* tokens, int width)
    {
        for (var t = piece * PieceTokens; t < Math.Min(_tokens, (piece + 1) * PieceTokens); t++)
        {
            var target = new Span<float>(tokens + ((long)t * width), width);
            int first = _starts_T[t], end = _starts_T[t + 1];
            if (first == end)
            {
                target.Clear();
                continue;
            }
            new ReadOnlySpan<float>(rows + ((long)_rows_N[first] * width), width).CopyTo(target);
            for (var i = first + 1; i < end; i++)
                Add(rows + ((long)_rows_N[i] * width), tokens + ((long)t * width), width);
        }
    }

    private static void Add(float* from, float* to, int width)
    {
        var i = 0;
        for (; i <= width - Vector256<float>.Count; i += Vector256<float>.Count)
            (Vector256.Load(to + i) + Vector256.Load(from + i)).Store(to + i);
        for (; i < width; i++)
            to[i] += from[i];
    }
}
