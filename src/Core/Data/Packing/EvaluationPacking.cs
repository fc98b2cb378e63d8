namespace MoELab.Data.Packing;

/// <summary>Packs held-out documents sequentially, in order; the last sequence is padded with separators whose target is -1.</summary>
internal static class EvaluationPacking
{
    public static IEnumerable<(TokenBatch Batch, long Bytes)> Batches(
        TokenFile file, ITokenizer tokenizer, int domain, int sequenceLength, int sequencesPerBatch, long maxTokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sequencesPerBatch, 1);
        var all = (file.Tokens + sequenceLength - 1) / sequenceLength;
        var left = maxTokens <= 0 ? all : Math.Min(all, Math.Max(1, maxTokens / sequenceLength));
        for (long position = 0, document = 0; left > 0;)
        {
            var sequences = (int)Math.Min(left, sequencesPerBatch);
            var size = sequences * sequenceLength;
            var batch = new TokenBatch(sequences, sequenceLength, new int[size], new int[size], new int[size], new byte[size]);
            var count = (int)Math.Min(size, file.Tokens - position);
            var piece = new int[count + 1];
            file.Read(position, piece);
            piece.AsSpan(0, count).CopyTo(batch.Tokens);
            piece.AsSpan(1).CopyTo(batch.Targets);
            batch.Tokens.AsSpan(count).Fill(tokenizer.Separator);
            batch.Targets.AsSpan(count).Fill(-1);
            Array.Fill(batch.Domains, (byte)domain);
            for (var i = 0; i < size; i++)
            {
                if (i % sequenceLength != 0)
                    batch.Documents[i] = batch.Documents[i - 1];
                while (document < file.Documents && position + i >= file.Starts[document + 1])
                    document++;
                var starts = document < file.Documents ? position + i == file.Starts[document] : position + i == file.Tokens;
                if (starts && i % sequenceLength != 0)
                    batch.Documents[i]++;
            }
            var bytes = 0L;
            for (var i = 0; i < count; i++)
                bytes += tokenizer.ByteLength(batch.Targets[i]);
            yield return (batch, bytes);
            position += count;
            left -= sequences;
        }
    }
}
