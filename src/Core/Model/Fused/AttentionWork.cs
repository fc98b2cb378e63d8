using System.Runtime.Intrinsics;
using MoELab.Interop;

namespace MoELab.Model.Fused;

// B sequences, S positions, T = B*S tokens, H query heads, K key-value heads, C head width, A = H*C, N queries of a block, M keys that it sees.

/// <summary>
/// Attention of one layer in blocks of queries. What a query may see is a run of positions that ends with itself, so a block reads the
/// keys between its first query's first and its last query: a window or a document's start saves the products before it. Backward
/// computes the probabilities again from the saved log-sums (Dao et al., arXiv 2205.14135). One task has one key-value head, so that
/// no two threads add to the same gradient and sums have one order.
/// </summary>
/// <param name="layout">Batch, length and the first position of each position's document.</param>
/// <param name="heads">H.</param>
/// <param name="keyHeads">K.</param>
/// <param name="width">C.</param>
/// <param name="window">Positions that a query sees, itself included.</param>
internal sealed unsafe class AttentionWork(SequenceLayout layout, int heads, int keyHeads, int width, int window)
{
    private const int BlockQueries = 64;

    private readonly int _batch = layout.Batch;
    private readonly int _length = layout.Length;
    private readonly int[] _first_BS = layout.First_BS ?? throw new ArgumentException("documents must lie in one piece each", nameof(layout));
    private readonly float _scale = (float)(1 / Math.Sqrt(width));

    /// <summary>Values [T, A] and log-sums [B, H, S].</summary>
    internal (Tensor O_TA, Tensor LogSum_BHS) Forward(Tensor q_BHSC, Tensor k_BKSC, Tensor v_BKSC)
    {
        var (s, c, a) = (_length, width, heads * width);
        var o_TA = torch.empty([(long)_batch * s, a], dtype: torch.ScalarType.Float32);
        var logSum_BHS = torch.empty([_batch, heads, s], dtype: torch.ScalarType.Float32);
        float* q = NativeTorch.Floats(q_BHSC), k = NativeTorch.Floats(k_BKSC), v = NativeTorch.Floats(v_BKSC), o = NativeTorch.Floats(o_TA), logSum = NativeTorch.Floats(logSum_BHS);
        using var scratch = new Scratch(NativeTorch.Workers, (long)BlockQueries * s);
        NativeTorch.Run(_batch * keyHeads, (worker, task) =>
        {
            var p = scratch[worker];
            foreach (var block in Blocks(task))
            {
                float* keys = k + block.Key, values = v + block.Key;
                NativeTorch.Gemm(false, true, block.Queries, block.Keys, c, _scale, q + block.Query, c, keys, c, 0, p, block.Keys);
                for (var n = 0; n < block.Queries; n++)
                    logSum[block.Row + n] = Softmax(p + ((long)n * block.Keys), Seen(block, n), n + block.Start - block.FirstKey + 1, block.Keys);
                NativeTorch.Gemm(false, false, block.Queries, c, block.Keys, 1, p, block.Keys, values, c, 0, o + block.Out, a);
            }
        });
        return (o_TA, logSum_BHS);
    }

    /// <summary>Gradients of queries, keys and values.</summary>
    internal (Tensor Q_BHSC, Tensor K_BKSC, Tensor V_BKSC) Backward(Tensor dO_TA, Tensor q_BHSC, Tensor k_BKSC, Tensor v_BKSC, Tensor o_TA, Tensor logSum_BHS)
    {
        var (s, c, a) = (_length, width, heads * width);
        Tensor dQ_BHSC = torch.empty_like(q_BHSC), dK_BKSC = torch.zeros_like(k_BKSC), dV_BKSC = torch.zeros_like(v_BKSC);
        float* q = NativeTorch.Floats(q_BHSC), k = NativeTorch.Floats(k_BKSC), v = NativeTorch.Floats(v_BKSC), o = NativeTorch.Floats(o_TA), logSum = NativeTorch.Floats(logSum_BHS);
        float* dO = NativeTorch.Floats(dO_TA), dQ = NativeTorch.Floats(dQ_BHSC), dK = NativeTorch.Floats(dK_BKSC), dV = NativeTorch.Floats(dV_BKSC);
        using var scratch = new Scratch(NativeTorch.Workers, 2L * BlockQueries * s);
        NativeTorch.Run(_batch * keyHeads, (worker, task) =>
        {
            float* p = scratch[worker], dP = p + ((long)BlockQueries * s);
            foreach (var block in Blocks(task))
            {
                int n = block.Queries, m = block.Keys;
                NativeTorch.Gemm(false, true, n, m, c, _scale, q + block.Query, c, k + block.Key, c, 0, p, m);
                NativeTorch.Gemm(false, true, n, m, c, 1, dO + block.Out, a, v + block.Key, c, 0, dP, m);
                for (var i = 0; i < n; i++)
                {
                    long row = (long)i * m, at = block.Out + ((long)i * a);
                    SoftmaxBackward(p + row, dP + row, logSum[block.Row + i], RowPieces.Dot(dO + at, o + at, c), Seen(block, i), i + block.Start - block.FirstKey + 1, m);
                }
                NativeTorch.Gemm(true, false, m, c, n, 1, p, m, dO + block.Out, a, 1, dV + block.Key, c);
                NativeTorch.Gemm(false, false, n, c, m, 1, dP, m, k + block.Key, c, 0, dQ + block.Query, c);
                NativeTorch.Gemm(true, false, m, c, n, 1, dP, m, q + block.Query, c, 1, dK + block.Key, c);
            }
        });
        return (dQ_BHSC, dK_BKSC, dV_BKSC);
    }

    // First column of a block's matrix that a row sees.
    private int Seen(in Block block, int row) => FirstSeen(block.Sequence, block.Start + row) - block.FirstKey;

    private int FirstSeen(int sequence, int position) => Math.Max(_first_BS[(sequence * _length) + position], position - window + 1);

    // The blocks of all query heads that share a key-value head.
    private IEnumerable<Block> Blocks(int task)
    {
        var (b, k) = (task / keyHeads, task % keyHeads);
        var copies = heads / keyHeads;
        for (var h = k * copies; h < (k + 1) * copies; h++)
        {
            for (var start = 0; start < _length; start += BlockQueries)
            {
                var queries = Math.Min(BlockQueries, _length - start);
                var first = FirstSeen(b, start);
                yield return new Block(b, start, queries, first, start + queries - first,
                    Query: ((((long)b * heads) + h) * _length + start) * width,
                    Key: ((((long)b * keyHeads) + k) * _length + first) * width,
                    Out: ((((long)b * _length) + start) * heads + h) * width,
                    Row: (((long)b * heads) + h) * _length + start);
            }
        }
    }

    // Scores in [from, end) become probabilities, the rest of the row zero; returns the log of the sum of exponentials.
    private static float Softmax(float* row, int from, int end, int length)
    {
        new Span<float>(row, from).Clear();
        new Span<float>(row + end, length - end).Clear();
        var (largest, j) = (float.NegativeInfinity, from);
        var most = Vector256.Create(largest);
        for (; j <= end - Vector256<float>.Count; j += Vector256<float>.Count)
            most = Vector256.Max(most, Vector256.Load(row + j));
        for (var lane = 0; lane < Vector256<float>.Count; lane++)
            largest = Math.Max(largest, most[lane]);
        for (; j < end; j++)
            largest = Math.Max(largest, row[j]);
        var (sums, shift) = (Vector256<float>.Zero, Vector256.Create(largest));
        for (j = from; j <= end - Vector256<float>.Count; j += Vector256<float>.Count)
        {
            var e = VectorMath.Exp(Vector256.Load(row + j) - shift);
            e.Store(row + j);
            sums += e;
        }
        var sum = Vector256.Sum(sums);
        for (; j < end; j++)
            sum += row[j] = MathF.Exp(row[j] - largest);
        var share = 1 / sum;
        for (j = from; j <= end - Vector256<float>.Count; j += Vector256<float>.Count)
            (Vector256.Load(row + j) * share).Store(row + j);
        for (; j < end; j++)
            row[j] *= share;
        return largest + MathF.Log(sum);
    }

    // Scores become probabilities, the gradient of probabilities becomes that of the unscaled scores.
    private void SoftmaxBackward(float* row, float* gradient, float logSum, float mean, int from, int end, int length)
    {
        new Span<float>(row, from).Clear();
        new Span<float>(row + end, length - end).Clear();
        new Span<float>(gradient, from).Clear();
        new Span<float>(gradient + end, length - end).Clear();
        var shift = Vector256.Create(logSum);
        var j = from;
        for (; j <= end - Vector256<float>.Count; j += Vector256<float>.Count)
        {
            var p = VectorMath.Exp(Vector256.Load(row + j) - shift);
            p.Store(row + j);
            (p * (Vector256.Load(gradient + j) - Vector256.Create(mean)) * _scale).Store(gradient + j);
        }
        for (; j < end; j++)
        {
            row[j] = MathF.Exp(row[j] - logSum);
            gradient[j] = row[j] * (gradient[j] - mean) * _scale;
        }
    }

    // Offsets in elements: of the first query, of the first key, of the first output row, of the first log-sum.
    private readonly record struct Block(int Sequence, int Start, int Queries, int FirstKey, int Keys, long Query, long Key, long Out, long Row);
}
