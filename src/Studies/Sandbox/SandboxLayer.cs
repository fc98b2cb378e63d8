using MoELab.Interop.Torch;
using MoELab.Studies.Sandbox.Fast;
using MoELab.Studies.Sandbox.Streams;

namespace MoELab.Studies.Sandbox;

// T tokens, E experts.

/// <summary>One layer of a sandbox: its stream, and what turns its scores into counts.</summary>
internal sealed unsafe class SandboxLayer : IDisposable
{
    private readonly ScoreStream _stream;
    private readonly TokenDraw _draw;
    private readonly FastSigmoidTopK? _fast;
    private readonly int[] _counts;
    private readonly short[] _buffer;

    /// <summary>A layer before its first step.</summary>
    public SandboxLayer(SandboxOptions options, int layer, bool fast)
    {
        var place = new StreamPlace(options.Experts, options.Active, options.Tokens, layer, options.Seed);
        _stream = options.Stream.Create(place);
        _draw = new TokenDraw(options.Tokens, _stream.Rank);
        _fast = fast ? new FastSigmoidTopK(_stream) : null;
        (_counts, _buffer) = (new int[options.Experts], new short[_stream.Stride]);
    }

    /// <summary>Tokens of each expert in the step.</summary>
    public ReadOnlySpan<int> Counts => _counts;

    /// <summary>Draws a step's tokens.</summary>
    public void Begin(int step)
    {
        _stream.Begin(step);
        _stream.Draw(step, _draw);
    }

    /// <summary>Chooses on the fast path.</summary>
    public void Choose(NoisePool pool, ReadOnlySpan<float> bias, int[]? chosen = null) => _fast!.Choose(pool, _draw, bias, _counts, chosen);

    /// <summary>Takes the counts of a router.</summary>
    public void Take(Tensor counts_E)
    {
        var counts = HostMemory.Copy<long>(counts_E, torch.ScalarType.Int64);
        for (var e = 0; e < _counts.Length; e++)
            _counts[e] = checked((int)counts[e]);
    }

    /// <summary>Lets the stream learn what was chosen.</summary>
    public void End() => _stream.Observe(_counts);

    /// <summary>float32 [T, E]: the logits of the step's first tokens.</summary>
    public Tensor Logits(NoisePool pool, int tokens)
    {
        var logits_TE = torch.empty([tokens, _counts.Length], dtype: torch.ScalarType.Float32);
        var logits = HostMemory.Of<float>(logits_TE);
        fixed (short* buffer = _buffer)
        {
            for (var t = 0; t < tokens; t++)
                _stream.Logits(_stream.Row(pool, _draw, t, buffer), _draw.Domains[t], logits.Slice(t * _counts.Length, _counts.Length));
        }
        return logits_TE;
    }

    /// <summary>int64 [T]: the domains of the step's first tokens, for routers that go by what a token is.</summary>
    public Tensor Ids(int tokens) => torch.tensor(Array.ConvertAll(_draw.Domains[..tokens], d => (long)d));

    public void Dispose() => _fast?.Dispose();
}
