using System.Text.Json;
using MoELab.Data;
using MoELab.Data.Needles;
using MoELab.Data.Preparation;
using MoELab.Experts;
using MoELab.Interop.Torch;
using MoELab.Model;
using MoELab.Optimization;
using MoELab.Plugins;
using MoELab.Recipes.Lengths;
using MoELab.Routing;

namespace MoELab.Training.Steps;

/// <summary>Everything that a step needs, built from a recipe; a change of recipe rebuilds the parts that it touches.</summary>
internal sealed class TrainingParts : IDisposable
{
    private readonly PluginCatalog _catalog;

    /// <param name="bound">The recipe with its plugins.</param>
    /// <param name="catalog">Plugins.</param>
    /// <param name="corpus">The recipe's data.</param>
    /// <param name="group">The ranks.</param>
    /// <param name="past">The part of the run's timeline that its recipe no longer describes; see <see cref="TrainingTimeline"/>.</param>
    /// <param name="began">The expert kernel with which a resumed run began: it is kept where <c>auto</c> would now choose another.</param>
    public TrainingParts(BoundRecipe bound, PluginCatalog catalog, PreparedCorpus corpus, IProcessGroup group,
        IReadOnlyList<TimelinePoint>? past = null, string? began = null)
    {
        using var pause = FinalizerPause.Begin();
        _catalog = catalog;
        var recipe = Recipe = bound.Recipe;
        Corpus = corpus;
        Group = group;
        StepShare.Check(recipe.Training, group.Size);
        Haystack.Check(corpus, recipe.Training);
        Device = recipe.Training.Device == ComputeDevice.Cuda ? torch.CUDA : torch.CPU;
        var compute = recipe.Training.Precision == Precision.Bfloat16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32;
        var kernel = recipe.Kernel.Name == ExpertKernels.Auto && began is not null ? new PluginChoice(began) : recipe.Kernel;
        var selected = ExpertKernels.Select(catalog, kernel, Device, compute);
        (Kernel, KernelNote) = (selected.Name, selected.Note);
        Model = new MoEModel(recipe.Model, recipe.Model.ResolveVocabulary(corpus.Tokenizer.VocabularySize), bound.Router, selected.Kernel,
            new LocalDispatcher(), recipe.Training.Seed, Device, compute);
        Timeline = new TrainingTimeline(recipe.Training, past ?? []);
        Stream = OpenStream(recipe, Timeline);
        Balancer = bound.Balancer;
        BalancerState = Balancer.CreateState(Layers, Experts);
        RouterState = (Model.Router as IAdaptiveRouter)?.CreateState(Layers, Experts);
        Losses = bound.Losses;
        Counts = new CountHistory(Layers, Experts, Device);
        Counts.For(Losses);
        Optimizers = BuildOptimizers(bound);
        Schedule = new LearningRateSchedule(recipe.Training, Timeline);
    }

    public Recipe Recipe { get; private set; }
    public PreparedCorpus Corpus { get; }
    public IProcessGroup Group { get; }
    public torch.Device Device { get; }
    public MoEModel Model { get; }
    public ITokenStream Stream { get; private set; }

    /// <summary>Where steps, tokens and shares of the run lie.</summary>
    public TrainingTimeline Timeline { get; private set; }

    public IBalancer Balancer { get; private set; }
    public BalancerState BalancerState { get; private set; }
    public BalancerState? RouterState { get; private set; }
    public IReadOnlyList<(string Name, IAuxiliaryLoss Loss)> Losses { get; private set; }

    /// <summary>Loads of the steps before, for losses that look back.</summary>
    public CountHistory Counts { get; }

    public IReadOnlyList<OptimizerSlot> Optimizers { get; private set; }
    public LearningRateSchedule Schedule { get; private set; }

    /// <summary>The kernel that computes the experts.</summary>
    public string Kernel { get; }

    /// <summary>Why another kernel than the one asked for computes the experts; null when it is the one.</summary>
    public string? KernelNote { get; }

    /// <summary>Whether the expert kernel has an option to keep less for backward that is off.</summary>
    public bool CouldRecompute => _catalog.Find(PluginKind.ExpertKernel, Kernel).Options.Any(o => o.Name == "recompute")
        && Recipe.Kernel.Options["recompute"]?.GetValueKind() != JsonValueKind.True;

    public int Layers => Math.Max(0, Recipe.Model.Layers - Recipe.Model.DenseLayers);

    /// <summary>What routers choose among, and what balancers, counts and logs have a column for: routed and null experts.</summary>
    public int Experts => Recipe.Model.RouterColumns;

    /// <summary>The losses at the routers, in the order of <see cref="Losses"/>.</summary>
    public IReadOnlyList<IAuxiliaryLoss> RouterLosses => [.. Losses.Select(l => l.Loss).Where(l => l.Site == AuxiliaryLossSite.Router)];

    /// <summary>The unweighted value of each loss, in the order of <see cref="Losses"/>.</summary>
    public IEnumerable<(IAuxiliaryLoss Loss, Tensor Value)> Terms(ModelOutput output, int sequences)
    {
        var router = 0;
        foreach (var (_, loss) in Losses)
        {
            yield return (loss, loss.Site == AuxiliaryLossSite.Router ? output.RouterLosses[router++] : loss.Compute(new AuxiliaryLossInput
            {
                Logits = output.Logits_TV,
                Sequences = sequences,
                TopK = Recipe.Model.ActiveExperts,
            }));
        }
    }

    public void ZeroGradients()
    {
        foreach (var parameter in Model.Parameters)
            parameter.Value.grad?.zero_();
    }

    /// <summary>The recipe after one change, with its plugins. The run folder may hold a plugin that came with the change.</summary>
    /// <exception cref="InputException">A plugin, an option or a value that does not exist.</exception>
    public BoundRecipe After(string path, JsonNode? value, string run) => Bind(() => RecipeChange.Apply(Recipe, path, value, _catalog), run);

    /// <summary>A recipe with its plugins.</summary>
    /// <exception cref="InputException">A plugin, an option or a value that does not exist.</exception>
    public BoundRecipe Bind(Recipe next, string run) => Bind(() => next, run);

    /// <summary>What a change moves in plugins and their options beside what it names.</summary>
    public IReadOnlyList<RecipeDifference> Beside(Recipe next, string path, JsonNode? value) =>
        RecipeChange.Beside(Recipe, next, RecipeEdit.Names(path, value), _catalog);

    /// <summary>Moves to another recipe between two steps; returns a sentence per part that was rebuilt.</summary>
    /// <exception cref="InputException">The change cannot be made during a run; nothing was changed.</exception>
    public IReadOnlyList<string> Change(BoundRecipe bound, string run, int step)
    {
        var next = bound.Recipe;
        var changed = RunChanges.Between(Recipe, next);
        RunPlugins.Keep(RunPlugins.Used(next, _catalog, Kernel), run);
        bool Touches(string section) => changed.Any(p => RunChanges.IsUnder(p, section));

        StepShare.Check(next.Training, Group.Size);
        var notes = new List<string>();
        var previous = Recipe;
        var timeline = changed.Any(p => RunChanges.IsUnder(p, "training.steps", "training.tokens_per_step", "training.batch_steps"))
            ? Timeline.Continue(next.Training, step) : Timeline;
        var ends = PhaseEnds.Of(next.Data.Phases, timeline);
        if (Touches("router"))
        {
            var router = bound.Router;
            if (!router.ExtraMatrices.SequenceEqual(Model.Router.ExtraMatrices))
                throw new InputException($"router: '{next.Router.Name}' has different trainable matrices from '{previous.Router.Name}'; "
                    + "start another run with it");
            Model.Router = router;
            RouterState = Adopt((router as IAdaptiveRouter)?.CreateState(Layers, Experts), RouterState, notes);
            notes.Add($"router is now {next.Router.Name}");
            if (RouterCausality.Note(next.Router.Name, router) is { } causality)
                notes.Add(causality);
        }
        if (Touches("balancer"))
        {
            Balancer = bound.Balancer;
            BalancerState = Adopt(Balancer.CreateState(Layers, Experts), BalancerState, notes)!;
            notes.Add(previous.Balancer.Name == next.Balancer.Name ? $"{next.Balancer.Name} has new options"
                : $"balancer is now {next.Balancer.Name} (was {previous.Balancer.Name}); the expert bias is kept");
        }
        if (Touches("losses"))
        {
            Counts.For(bound.Losses);
            Losses = bound.Losses;
        }
        if (Touches("optimizer"))
            Optimizers = ChangeOptimizers(bound, notes);
        if (Touches("training"))
        {
            if (!ends.SequenceEqual(PhaseEnds.Of(previous.Data.Phases, Timeline)))
            {
                var stood = Stream.SaveState();
                Stream = OpenStream(next, timeline);
                Stream.LoadState(stood);
            }
            Timeline = timeline;
            Schedule = new LearningRateSchedule(next.Training, Timeline);
        }
        Recipe = next;
        return notes;
    }

    public void Dispose()
    {
        foreach (var slot in Optimizers)
            slot.Dispose();
        BalancerState.Dispose();
        RouterState?.Dispose();
        Counts.Dispose();
        Model.Dispose();
    }

    private BoundRecipe Bind(Func<Recipe> next, string run)
    {
        try
        {
            return BoundRecipe.Of(next(), _catalog);
        }
        catch (MoELabException)
        {
            // Whoever sent the change may have put its plugin into the run's folder just before.
            _catalog.LookAgain(run);
            return BoundRecipe.Of(next(), _catalog);
        }
    }

    private static BalancerState? Adopt(BalancerState? fresh, BalancerState? old, List<string> notes)
    {
        if (fresh is not null && old is not null && fresh.CopyFrom(old) is { Count: > 0 } dropped)
            notes.Add($"dropped state that it does not use: {string.Join(", ", dropped)}");
        old?.Dispose();
        return fresh;
    }

    private ITokenStream OpenStream(Recipe recipe, TrainingTimeline timeline) =>
        Corpus.OpenStream(recipe.Data, recipe.Training.SequenceLength, recipe.Training.Seed, Group.Rank, Group.Size, PhaseEnds.Of(recipe.Data.Phases, timeline));

    private List<OptimizerSlot> BuildOptimizers(BoundRecipe bound)
    {
        var groups = ParameterGroups.Assign(Model.Parameters, bound.Recipe.Optimizer);
        return [.. bound.Optimizers.Where(o => groups.ContainsKey(o.Name))
            .Select(o => new OptimizerSlot(o.Name, o.Optimizer, groups[o.Name], o.Optimizer.CreateState(groups[o.Name])))];
    }

    private List<OptimizerSlot> ChangeOptimizers(BoundRecipe bound, List<string> notes)
    {
        var fresh = BuildOptimizers(bound);
        var old = Optimizers.ToDictionary(s => s.Name);
        foreach (var slot in fresh)
        {
            if (!old.TryGetValue(slot.Name, out var before))
            {
                notes.Add($"optimizer {slot.Name} starts from an empty state");
                continue;
            }
            slot.State.Steps = before.State.Steps;
            using var noGrad = torch.no_grad();
            foreach (var (name, tensor) in slot.State.Tensors)
            {
                if (before.State.Tensors.TryGetValue(name, out var from) && from.shape.SequenceEqual(tensor.shape))
                    tensor.copy_(from);
            }
        }
        foreach (var slot in Optimizers)
            slot.Dispose();
        return fresh;
    }
}
