// Shapes: D domains, L MoE layers, E experts, T tokens, N choices.
using MoELab.Data;
using MoELab.Interop.Torch;
using MoELab.Model;
using MoELab.Routing;
using MoELab.Routing.Metrics;
using MoELab.Runs.Log;
using MoELab.Training.Steps;

namespace MoELab.Training.Metrics;

/// <summary>Held-out loss per domain, with routing counters of its own that no balancer sees.</summary>
internal sealed class Evaluator(TrainingParts parts)
{
    private const int BatchTokens = 2048;
    private (long PerDomain, (long Tokens, long Bytes)[] Sizes) _weights;

    /// <summary>Choices on the probe batch at the last evaluation, [layers][choices]; empty before the first.</summary>
    public long[][] LastChoices { get; set; } = [];

    /// <summary>Called before each batch, of which an evaluation may have many.</summary>
    public Action? BeforeBatch { get; set; }

    /// <summary>Choices per layer and expert of the last evaluation: [layers, experts].</summary>
    internal long[,] LastCounts { get; private set; } = new long[0, 0];

    /// <summary>The same of each domain, in the corpus' order.</summary>
    internal IReadOnlyList<long[,]> LastCountsOfDomains { get; private set; } = [];

    /// <summary>Evaluates after a step where the recipe wants it, and adds the figures to the step's row.</summary>
    public void After(int step, MetricRow row, EventLog events)
    {
        var training = parts.Recipe.Training;
        var last = step == training.Steps;
        if (!last && !parts.Timeline.Completes(training.EvalEvery, step))
            return;
        // Whoever trains was told when the run began, or when the router was changed.
        if (!parts.Model.Router.IsCausalInEvaluation)
            return;
        // Every evaluation of a run reads the same text, so that its figures compare; a longer one is another figure.
        foreach (var (key, value) in Run(step, training.EvalTokens, "eval"))
            row[key] = value;
        foreach (var (key, value) in Needles(step))
            row[key] = value;
        if (parts.Layers > 0)
            row["router/flipped"] = Flipped(step);
        // A run of a few steps should not spend its time on being measured.
        if (!last || training.EvalFinalTokens == 0 || training.EvalFinalTokens * parts.Corpus.Domains.Count > parts.Timeline.TotalTokens)
            return;
        foreach (var (key, value) in Run(step, training.EvalFinalTokens, "eval_final"))
            row[key] = value;
    }

    /// <summary>Evaluates and returns metric keys and values. The keys begin with the given name.</summary>
    public IReadOnlyDictionary<string, double> Run(int step, long tokensPerDomain, string name)
    {
        using var noGrad = torch.no_grad();
        var found = new SortedDictionary<string, double>(StringComparer.Ordinal);
        using var counter = new ChoiceCounter(parts.Corpus.Domains.Count, parts.Layers, parts.Experts, parts.Device);
        double perToken = 0, bits = 0;
        var weights = Weights();
        foreach (var (domain, index) in parts.Corpus.Domains.Select((d, i) => (d, i)))
        {
            var (nats, tokens, bytes) = Domain(index, tokensPerDomain, step, counter);
            found[$"{name}/loss/{domain.Name}"] = nats / Math.Max(1, tokens);
            found[$"{name}/bits_per_byte/{domain.Name}"] = nats / Math.Log(2) / Math.Max(1, bytes);
            perToken += weights[index].Tokens * found[$"{name}/loss/{domain.Name}"];
            bits += weights[index].Bytes * found[$"{name}/bits_per_byte/{domain.Name}"];
        }
        found[$"{name}/loss"] = perToken / Math.Max(1, weights.Sum(w => w.Tokens));
        found[$"{name}/bits_per_byte"] = bits / Math.Max(1, weights.Sum(w => w.Bytes));
        if (parts.Layers > 0)
        {
            using var scope = torch.NewDisposeScope();
            var counts = LastCounts = HostArrays.ToLongs(counter.Counts_DLE.sum([0L]));
            LastCountsOfDomains = [.. parts.Corpus.Domains.Select((_, d) => HostArrays.ToLongs(counter.Counts_DLE[d]))];
            var violations = BalanceMetrics.MaxVio(counts);
            found[$"{name}/max_vio_global/mean"] = violations.Average();
            found[$"{name}/max_vio_global/max"] = violations.Max();
            found[$"{name}/experts/dead"] = BalanceMetrics.DeadExperts(counts).Sum();
            AddSpecialisation(name, found);
        }
        return found;
    }

    private void AddSpecialisation(string name, SortedDictionary<string, double> found)
    {
        if (LastCountsOfDomains.Count < 2)
            return;
        var sums = new Dictionary<string, List<double>>();
        for (var layer = 0; layer < parts.Layers; layer++)
        {
            var counts = new long[LastCountsOfDomains.Count, parts.Experts];
            for (var d = 0; d < LastCountsOfDomains.Count; d++)
            {
                for (var e = 0; e < parts.Experts; e++)
                    counts[d, e] = LastCountsOfDomains[d][layer, e];
            }
            var control = SpecialisationMetrics.Control(counts, parts.Recipe.Training.Seed, layer);
            foreach (var (key, value) in new[]
            {
                ("purity", SpecialisationMetrics.Purity(counts)), ("purity_control", control.Purity),
                ("nmi", SpecialisationMetrics.NormalisedMutualInformation(counts)), ("nmi_control", control.NormalisedMutualInformation),
            })
            {
                // What is not defined (all choices fell on one expert) is not logged.
                if (double.IsNaN(value))
                    continue;
                found[$"{name}/{key}/layer/{layer}"] = value;
                (sums.TryGetValue(key, out var known) ? known : sums[key] = []).Add(value);
            }
        }
        foreach (var (key, values) in sums)
            found[$"{name}/{key}/mean"] = values.Average();
    }

    // What each domain weighs in every total: what the run's evaluations read of it. The floors are weighted alike.
    private (long Tokens, long Bytes)[] Weights()
    {
        var training = parts.Recipe.Training;
        if (_weights.Sizes is null || _weights.PerDomain != training.EvalTokens)
            _weights = (training.EvalTokens, [.. parts.Corpus.Domains.Select((_, d) =>
                parts.Corpus.EvaluationSize(d, training.SequenceLength, training.EvalTokens))]);
        return _weights.Sizes;
    }

    private (double Nats, long Tokens, long Bytes) Domain(int domain, long maxTokens, int step, ChoiceCounter counter)
    {
        var length = parts.Recipe.Training.SequenceLength;
        double nats = 0;
        long tokens = 0, bytes = 0;
        foreach (var (batch, batchBytes) in parts.Corpus.EvaluationBatches(domain, length, Math.Max(1, BatchTokens / length), maxTokens))
        {
            using var scope = torch.NewDisposeScope();
            using var tensors = BatchTensors.From(batch, parts.Device);
            BeforeBatch?.Invoke();
            (counter.Domain, counter.Counted_T) = (domain, Counted(batch, tensors));
            var output = parts.Model.Forward(tensors.Ids_BS, tensors.Documents_BS, Context(step, counter, tensors));
            nats += torch.nn.functional.cross_entropy(output.Logits_TV, tensors.Targets_T, ignore_index: -1,
                reduction: torch.nn.Reduction.Sum).item<float>();
            tokens += batch.Targets.Count(t => t >= 0);
            bytes += batchBytes;
        }
        return (nats, tokens, bytes);
    }

    /// <summary>Share of the probe batch's choices that are not among those of the last evaluation; NaN the first time.</summary>
    private double Flipped(int step)
    {
        var length = parts.Recipe.Training.SequenceLength;
        var (batch, _) = parts.Corpus.EvaluationBatches(0, length, Math.Max(1, BatchTokens / length), BatchTokens).First();
        using var scope = torch.NewDisposeScope();
        using var tensors = BatchTensors.From(batch, parts.Device);
        var probe = new ChoiceRecorder(parts.Layers, parts.Experts) { Counted_T = Counted(batch, tensors) };
        parts.Model.Forward(tensors.Ids_BS, tensors.Documents_BS, Context(step, probe, tensors));
        var last = LastChoices;
        LastChoices = probe.Choices;
        if (last.Length != probe.Choices.Length)
            return double.NaN;
        long changed = 0, all = 0;
        for (var layer = 0; layer < last.Length; layer++)
        {
            var known = last[layer].ToHashSet();
            changed += probe.Choices[layer].LongCount(c => !known.Contains(c));
            all += probe.Choices[layer].Length;
        }
        return changed / (double)Math.Max(1, all);
    }

    // The places that hold text; null where all do, as nearly always.
    private static Tensor? Counted(TokenBatch batch, BatchTensors tensors) => batch.Targets.Contains(-1) ? tensors.Targets_T.ge(Scalars.Zero) : null;

    // The choices of tokens that count; the caller's scope holds what is made.
    private static Tensor OfCounted(Tensor of_N, RouterChoice choice, Tensor? counted_T) =>
        counted_T is null ? of_N : of_N.masked_select(counted_T.index_select(0, choice.Token_N));

    private IEnumerable<(string Key, double Value)> Needles(int step)
    {
        using var noGrad = torch.no_grad();
        return parts.Recipe.Training.NeedleKeys == 0 ? [] : new NeedleSearch(parts).Run("eval", BatchTokens, tensors =>
        {
            BeforeBatch?.Invoke();
            return Context(step, null, tensors);
        });
    }

    private ForwardContext Context(int step, IRoutingObserver? observer, BatchTensors tensors) => new()
    {
        Training = false,
        Step = new StepInfo(step, parts.Recipe.Training.Steps, parts.Recipe.Training.Seed),
        Bias_LE = parts.BalancerState.Bias_LE,
        Domain_T = tensors.Domain_T,
        Domains = parts.Corpus.Domains.Count,
        RouterState = parts.RouterState,
        Observer = observer,
    };

    private sealed class ChoiceCounter(int domains, int layers, int experts, torch.Device device) : IRoutingObserver, IDisposable
    {
        public int Domain { get; set; }
        public Tensor? Counted_T { get; set; }
        public Tensor Counts_DLE { get; } = torch.zeros(domains, layers, experts, dtype: torch.ScalarType.Int64, device: device).DetachFromDisposeScope();

        public void Routed(int layer, Tensor logits_TE, RouterOutput output)
        {
            using var scope = torch.NewDisposeScope();
            var counts_E = Counted_T is null ? Gates.Count(output.Choice, experts)
                : torch.bincount(OfCounted(output.Choice.Expert_N, output.Choice, Counted_T), minlength: experts);
            var row_E = Counts_DLE[Domain, layer];
            row_E.add_(counts_E, Scalars.One);
        }

        public void Dispose() => Counts_DLE.Dispose();
    }

    // A choice is one number, token x experts + expert, so that the order of a token's experts does not matter.
    private sealed class ChoiceRecorder(int layers, int experts) : IRoutingObserver
    {
        public Tensor? Counted_T { get; init; }
        public long[][] Choices { get; } = new long[layers][];

        public void Routed(int layer, Tensor logits_TE, RouterOutput output)
        {
            using var scope = torch.NewDisposeScope();
            var host_N = OfCounted((output.Choice.Token_N * Scalars.Of(experts)).add(output.Choice.Expert_N, Scalars.One), output.Choice, Counted_T).cpu();
            Choices[layer] = host_N.data<long>().ToArray();
        }
    }
}
