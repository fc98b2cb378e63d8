// Shapes: B sequences, S tokens, V vocabulary, A tokens of the answers.
using MoELab.Data;
using MoELab.Data.Needles;
using MoELab.Interop.Torch;
using MoELab.Model;
using MoELab.Training.Steps;

namespace MoELab.Training.Metrics;

/// <summary>Asks a model for values that its text held (<see cref="Haystack"/>), at the recipe's sequence length.</summary>
internal sealed class NeedleSearch(TrainingParts parts)
{
    /// <summary>Metric keys and values.</summary>
    /// <param name="name">What the keys begin with.</param>
    /// <param name="batchTokens">Tokens of a forward pass, at least one sequence.</param>
    /// <param name="context">What a forward pass over a batch needs.</param>
    public IEnumerable<(string Key, double Value)> Run(string name, int batchTokens, Func<BatchTensors, ForwardContext> context)
    {
        var (bits, correct) = Ask(present: true, batchTokens, context);
        var (without, _) = Ask(present: false, batchTokens, context);
        return [($"{name}/needle/bits", bits), ($"{name}/needle/gain", without - bits), ($"{name}/needle/accuracy", correct)];
    }

    private (double Bits, double Correct) Ask(bool present, int batchTokens, Func<BatchTensors, ForwardContext> context)
    {
        var length = parts.Recipe.Training.SequenceLength;
        var haystack = new Haystack(parts.Corpus, parts.Recipe.Training.NeedleKeys, length);
        double nats = 0;
        var correct = 0;
        foreach (var texts in haystack.All(present).Chunk(Math.Max(1, batchTokens / length)))
        {
            using var scope = torch.NewDisposeScope();
            using var tensors = BatchTensors.From(Batch(texts, length), parts.Device);
            var output = parts.Model.Forward(tensors.Ids_BS, tensors.Documents_BS, context(tensors));
            var asked_A = tensors.Targets_T.ge(Scalars.Zero).nonzero().view(-1);
            var (logits_AV, targets_A) = (output.Logits_TV.index_select(0, asked_A), tensors.Targets_T.index_select(0, asked_A));
            nats += torch.nn.functional.cross_entropy(logits_AV, targets_A, reduction: torch.nn.Reduction.Sum).item<float>();
            var right = HostMemory.Copy<bool>(logits_AV.argmax(-1).eq(targets_A), torch.ScalarType.Bool);
            var at = 0;
            foreach (var text in texts)
            {
                if (right.AsSpan(at, text.Answer).IndexOf(false) < 0)
                    correct++;
                at += text.Answer;
            }
        }
        return (nats / Math.Log(2) / Haystack.Texts, correct / (double)Haystack.Texts);
    }

    // Only the answers are targets.
    private static TokenBatch Batch(NeedleContext[] texts, int length)
    {
        var size = texts.Length * length;
        var batch = new TokenBatch(texts.Length, length, new int[size], new int[size], new int[size], new byte[size]);
        batch.Targets.AsSpan().Fill(-1);
        for (var i = 0; i < texts.Length; i++)
        {
            var (domain, tokens, answer) = texts[i];
            batch.Domains.AsSpan(i * length, length).Fill((byte)domain);
            tokens.AsSpan(0, length).CopyTo(batch.Tokens.AsSpan(i * length));
            tokens.AsSpan(length + 1 - answer).CopyTo(batch.Targets.AsSpan(((i + 1) * length) - answer));
        }
        return batch;
    }
}
