using MoELab.Data;
using MoELab.Data.Tokenization;
using MoELab.Data.Tokenization.HuggingFace;
using MoELab.Experts;
using MoELab.Interop.Files;
using MoELab.Interop.Torch;
using MoELab.Model;
using MoELab.Plugins;
using MoELab.Routing;
using MoELab.Runs.Folder;
using MoELab.Training.Checkpoints;

namespace MoELab;

// Shapes: S positions, T tokens, V vocabulary, L MoE layers, E experts, K active experts.

/// <summary>A trained model with its tokenizer and expert bias: inspect routing, measure loss, generate, export. Needs no corpus.</summary>
public sealed class LabModel : IDisposable
{
    private readonly MoEModel _model;
    private readonly BalancerState _balancer;
    private readonly BalancerState? _router;

    private LabModel(MoEModel model, ITokenizer tokenizer, BalancerState balancer, BalancerState? router, Recipe recipe, int step) =>
        (_model, Tokenizer, _balancer, _router, Recipe, Step) = (model, tokenizer, balancer, router, recipe, step);

    /// <summary>The recipe as it was at the checkpoint.</summary>
    public Recipe Recipe { get; }

    /// <summary>The checkpoint's step.</summary>
    public int Step { get; }

    /// <summary>The run's tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>A note on what a router that sees later tokens means for this model's results; null for a causal router.</summary>
    internal string? CausalityNote => RouterCausality.Note(Recipe.Router.Name, _model.Router);

    /// <summary>Loads a run's newest intact checkpoint, or the one of a step.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="step">The step; null for the newest.</param>
    /// <param name="plugins">The available plugins; those in the run folder take precedence.</param>
    /// <param name="progress">Receives one sentence for each damaged checkpoint that is skipped, and one about the plugins in the run folder.</param>
    /// <param name="trust">Whether plugins in the run folder may run even if somebody else put them there.</param>
    /// <exception cref="InputException">
    /// The run has no such checkpoint, the requested one or all of them are damaged, or the folder contains plugins that somebody else put there.
    /// </exception>
    public static LabModel Load(string run, int? step, PluginCatalog plugins, IProgress<string>? progress = null, bool trust = false)
    {
        using var pause = FinalizerPause.Begin();
        var store = new CheckpointStore(Path.Combine(run, "checkpoints"));
        var name = Path.GetFileName(run);
        if (step is { } wanted && !store.Steps.Contains(wanted))
            throw new InputException($"run '{name}' has no checkpoint of step {wanted}; "
                + (store.Steps.Count == 0 ? "it has none yet" : $"it has: {string.Join(", ", store.Steps.Order())}"));
        if (store.Steps.Count == 0)
            throw new InputException($"run '{name}' has no checkpoint yet");
        var (at, state) = step is { } exact ? (exact, store.LoadState(exact))
            : store.NewestWhole((_, sentence) => progress?.Report(sentence)) ?? throw new InputException($"run '{name}' has no intact checkpoint");
        plugins = plugins.ForRun(run, trust, progress);
        var recipe = TrainingCheckpoint.RecipeOf(at, state);
        var kernel = ExpertKernels.Select(plugins, recipe.Kernel, torch.CPU, torch.ScalarType.Float32).Kernel;
        var router = plugins.Create<IRouter>(recipe.Router, "router");
        var vocabulary = CheckpointStore.Field(at, state)["vocabulary"].Int(1, TokenizerFile.MaxIds + 1);
        var model = new MoEModel(recipe.Model, vocabulary, router, kernel, new LocalDispatcher(), recipe.Training.Seed, torch.CPU,
            torch.ScalarType.Float32);
        var layers = Math.Max(0, recipe.Model.Layers - recipe.Model.DenseLayers);
        var balancer = new BalancerState(layers, recipe.Model.RouterColumns);
        var routerState = (router as IAdaptiveRouter)?.CreateState(layers, recipe.Model.RouterColumns);
        using (torch.no_grad())
        {
            TrainingCheckpoint.Copy(store, at, "model", model.Parameters.ToDictionary(p => p.Name, p => p.Value));
            TrainingCheckpoint.Copy(store, at, "balancer", balancer.Tensors);
            if (routerState is not null)
                TrainingCheckpoint.Copy(store, at, "router", routerState.Tensors);
        }
        return new LabModel(model, Tokenizers.Load(Path.Combine(run, "tokenizer")), balancer, routerState, recipe, at);
    }

    /// <summary>How each MoE layer routes a text's tokens.</summary>
    /// <exception cref="InputException">The router sees later tokens.</exception>
    public IReadOnlyList<LayerRouting> Route(string text) => Route(Encode(text), null, 0);

    /// <summary>The same of token ids, the first of which is the separator, where one domain of some is known to be theirs or not.</summary>
    internal IReadOnlyList<LayerRouting> Route(long[] ids, int? domain, int domains)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var observer = new Recorder();
        _model.Forward(torch.tensor(ids).reshape(1, ids.Length), null, Context(observer) with
        {
            Domain_T = domain is { } of ? torch.full([ids.Length], Scalars.Of(of), dtype: torch.ScalarType.Int64) : null,
            Domains = domains,
        });
        return observer.Layers;
    }

    /// <summary>Mean cross-entropy of a text in nats per token, and in bits per byte.</summary>
    /// <exception cref="InputException">The text is empty.</exception>
    public (double NatsPerToken, double BitsPerByte) Loss(string text)
    {
        if (text.Length == 0)
            throw new InputException("text: empty; expected at least one character");
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var ids = Encode(text);
        var logits_TV = _model.Forward(torch.tensor(ids[..^1]).reshape(1, -1), null, Context(null)).Logits_TV;
        var nats = torch.nn.functional.cross_entropy(logits_TV, torch.tensor(ids[1..]), reduction: torch.nn.Reduction.Sum).item<float>();
        return (nats / (ids.Length - 1), nats / Math.Log(2) / Encoding.UTF8.GetByteCount(text));
    }

    /// <summary>Logits at every position: float32 [S, V].</summary>
    public Tensor Logits(IReadOnlyList<long> ids) => new Generator(_model, _balancer.Bias_LE, _router).Logits(ids);

    /// <summary>Completes a prompt, which may be empty, with so many tokens; null samples with the default options.</summary>
    public string Generate(string prompt, int count, GeneratorOptions? options = null)
    {
        using var pause = FinalizerPause.Begin();
        var how = (options ?? new GeneratorOptions()) with { Context = Recipe.Training.SequenceLength };
        return Tokenizer.Decode([.. new Generator(_model, _balancer.Bias_LE, _router).Generate([.. Encode(prompt)], count, how).Select(t => (int)t)]);
    }

    /// <summary>Writes the released AFMoE layout: <c>config.json</c>, the weights with the expert bias, and the tokenizer.</summary>
    /// <param name="directory">The folder to write; created if it is missing.</param>
    /// <param name="force">Write even what AFMoE's <c>config.json</c> cannot express, such as another router: only MoELab reads it right.</param>
    /// <param name="progress">Receives one sentence for each thing that other tools will read differently.</param>
    /// <param name="format">The weights as safetensors, or as a PyTorch state dict (<c>model.pt</c>) with the same names, shapes and types.</param>
    /// <exception cref="InputException">The folder cannot be written, or the layout cannot express something and force is false.</exception>
    public void Export(string directory, bool force = false, IProgress<string>? progress = null, WeightFormat format = WeightFormat.SafeTensors)
    {
        var config = new AfmoeConfig(Recipe.Model, _model.VocabularySize, Recipe.Router);
        config.RequireExpressible(force);
        foreach (var lost in config.Inexpressible)
            progress?.Report($"warning: AFMoE's config.json cannot express {lost}; other tools that read this folder will compute a different model");
        foreach (var note in config.Notes)
            progress?.Report($"note: {note}");
        try
        {
            AfmoeCheckpoint.Save(_model, _balancer.Bias_LE, Recipe.Router, directory, force: force, format: format);
            Tokenizers.Export(Tokenizer, directory);
        }
        catch (Exception e) when (DiskError.Is(e))
        {
            throw new InputException($"export: the folder '{directory}' cannot be written ({DiskError.Reason(e)})", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _balancer.Dispose();
        _router?.Dispose();
    }

    private long[] Encode(string text) => [Tokenizer.Separator, .. Tokenizer.Encode(text).Select(i => (long)i)];

    private ForwardContext Context(IRoutingObserver? observer) => new() { Bias_LE = _balancer.Bias_LE, RouterState = _router, Observer = observer };

    private sealed class Recorder : IRoutingObserver
    {
        public List<LayerRouting> Layers { get; } = [];

        public void Routed(int layer, Tensor logits_TE, RouterOutput output)
        {
            var (tokens, experts) = (output.Scores_TE.shape[0], output.Scores_TE.shape[1]);
            var scores = new float[tokens, experts];
            Buffer.BlockCopy(output.Scores_TE.cpu().contiguous().data<float>().ToArray(), 0, scores, 0, (int)(tokens * experts * sizeof(float)));
            Layers.Add(new LayerRouting(layer, scores, [.. output.Choice.Token_N.cpu().data<long>().ToArray().Select(t => (int)t)],
                [.. output.Choice.Expert_N.cpu().data<long>().ToArray().Select(e => (int)e)], output.Gates_N.cpu().data<float>().ToArray()));
        }
    }
}

/// <summary>How one MoE layer routed a text. Position 0 is the separator before the text.</summary>
/// <param name="Layer">Index of the MoE layer, from 0.</param>
/// <param name="Scores">Scores before the bias: [T, E].</param>
/// <param name="Tokens">Token of each choice: [N].</param>
/// <param name="Experts">Expert of each choice: [N].</param>
/// <param name="Gates">Weight of each choice: [N].</param>
public sealed record LayerRouting(int Layer, float[,] Scores, int[] Tokens, int[] Experts, float[] Gates);
