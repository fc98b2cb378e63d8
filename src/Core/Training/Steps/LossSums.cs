// Shapes: T tokens of a micro-batch, V vocabulary.
using MoELab.Data;
using MoELab.Interop.Torch;
using MoELab.Model;

namespace MoELab.Training.Steps;

/// <summary>Builds each micro-batch's loss and keeps what metrics need of it on the device until the step's end.</summary>
internal sealed class LossSums(TrainingParts parts, int micros)
{
    private readonly List<(TokenBatch Batch, Tensor Losses_T)> _tokens = [];
    private readonly List<Tensor> _scalars = [];
    private Tensor? _logits;

    /// <summary>The loss to differentiate: (cross-entropy + weighted terms + penalty) over the number of micro-batches.</summary>
    public Tensor Add(TokenBatch batch, BatchTensors tensors, ModelOutput output, int micro)
    {
        var losses_T = torch.nn.functional.cross_entropy(output.Logits_TV, tensors.Targets_T, ignore_index: -1, reduction: torch.nn.Reduction.None);
        using var counted = Scalars.Once(Math.Max(1, batch.Targets.Count(t => t >= 0)));
        var total = losses_T.sum() / counted;
        var terms = new List<Tensor>();
        foreach (var (loss, value) in parts.Terms(output, batch.Sequences))
        {
            terms.Add(value.detach());
            total = total.add(Scalars.Of(loss.Weight) * value, Scalars.One);
        }
        if (output.Penalty is { } penalty)
            total = total.add(penalty, Scalars.One);

        using (torch.no_grad())
        {
            _tokens.Add((batch, losses_T.detach().DetachFromDisposeScope()));
            _scalars.Add(torch.stack([total.detach(), .. terms]).DetachFromDisposeScope());
            if (micro == 0)
            {
                var logits = output.Logits_TV.detach();
                _logits = torch.stack([logits.max(), logits.mean()]).DetachFromDisposeScope();
            }
        }
        return total / Scalars.Of(micros * parts.Group.Size);
    }

    /// <summary>Reads the device once, combines over ranks and lets the tensors go.</summary>
    public StepLosses Read(IProcessGroup group)
    {
        var domains = new (double Sum, long Count)[parts.Corpus.Domains.Count];
        var microLosses = new List<double>();
        foreach (var (batch, losses_T) in _tokens)
        {
            var losses = losses_T.cpu().data<float>().ToArray();
            double sum = 0;
            long count = 0;
            for (var t = 0; t < losses.Length; t++)
            {
                if (batch.Targets[t] < 0)
                    continue;
                sum += losses[t];
                count++;
                domains[batch.Domains[t]].Sum += losses[t];
                domains[batch.Domains[t]].Count++;
            }
            microLosses.Add(sum / Math.Max(1, count));
            losses_T.Dispose();
        }
        var scalars = torch.stack(_scalars).to(torch.ScalarType.Float64).mean([0L]).cpu().data<double>().ToArray();
        foreach (var scalar in _scalars)
            scalar.Dispose();
        var logits = _logits!.cpu().data<float>().ToArray();
        _logits.Dispose();
        var (crossEntropy, largest, mean) = Combine(group, microLosses.Average(), scalars, domains, logits);
        microLosses = OfAllRanks(group, microLosses);
        var auxiliary = parts.Losses.Select((l, i) => (l.Name, Value: scalars[i + 1])).ToDictionary(l => l.Name, l => l.Value);
        return new StepLosses(crossEntropy, scalars[0], auxiliary, microLosses, domains, (largest, mean));
    }

    // In place: means over ranks of equal numbers of tokens, sums of each domain's.
    private static (double CrossEntropy, double LargestLogit, double MeanLogit) Combine(IProcessGroup group, double crossEntropy, double[] scalars,
        (double Sum, long Count)[] domains, float[] logits)
    {
        double[] summed = [crossEntropy, logits[1], .. scalars, .. domains.Select(d => d.Sum), .. domains.Select(d => (double)d.Count)];
        using var sums = torch.tensor(summed);
        using var largest = torch.tensor(new[] { (double)logits[0] });
        group.AllReduce(sums, ReduceOp.Sum);
        group.AllReduce(largest, ReduceOp.Max);
        summed = sums.data<double>().ToArray();
        for (var i = 0; i < scalars.Length; i++)
            scalars[i] = summed[2 + i] / group.Size;
        for (var d = 0; d < domains.Length; d++)
            domains[d] = (summed[2 + scalars.Length + d], (long)summed[2 + scalars.Length + domains.Length + d]);
        return (summed[0] / group.Size, largest.item<double>(), summed[1] / group.Size);
    }

    private static List<double> OfAllRanks(IProcessGroup group, List<double> microLosses)
    {
        using var mine = torch.tensor(microLosses.ToArray());
        using var all = torch.empty(group.Size * microLosses.Count, torch.ScalarType.Float64);
        group.AllGather(all, mine);
        return [.. all.data<double>().ToArray()];
    }
}
